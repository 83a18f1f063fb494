/* test_session_cache.c: who may go on reading while Redis is away. */
#include "api-node/session_cache.h"

#include <stdio.h>

#include "tests/unit/test.h"

static void hash_of(unsigned n, char dst[65])
{
	snprintf(dst, 65, "%064x", n);
}

static void test_life(void **state)
{
	struct session_cache *cache = session_cache_new();
	const struct session bob = {.user_id = 7, .role = ROLE_USER, .username = "bob"};
	char hash[65];

	(void)state;
	hash_of(1, hash);
	assert_null(session_cache_find(cache, hash, 1000));
	session_cache_put(cache, hash, &bob, 1000);
	assert_int_equal(session_cache_find(cache, hash, 1000)->user_id, 7);
	assert_non_null(session_cache_find(cache, hash, 1000 + SESSION_CACHE_LIFE_MS));
	assert_null(session_cache_find(cache, hash, 1001 + SESSION_CACHE_LIFE_MS));
	session_cache_remove(cache, hash);
	session_cache_remove(cache, hash);
	assert_null(session_cache_find(cache, hash, 1000));
	session_cache_free(cache);
	session_cache_free(NULL);
}

static void test_user_goes_with_all_sessions(void **state)
{
	struct session_cache *cache = session_cache_new();
	char hash[65];

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		const struct session who = {.user_id = i % 2};
		hash_of(i, hash);
		session_cache_put(cache, hash, &who, 1);
	}
	session_cache_remove_user(cache, 1);
	for (unsigned i = 0; i < 100; i++) {
		hash_of(i, hash);
		assert_int_equal(session_cache_find(cache, hash, 1) != NULL, i % 2 == 0);
	}
	session_cache_free(cache);
}

static void test_full(void **state)
{
	struct session_cache *cache = session_cache_new();
	const struct session who = {.user_id = 1};
	char hash[65];

	(void)state;
	for (unsigned i = 0; i < SESSION_CACHE_MAX; i++) {
		hash_of(i, hash);
		session_cache_put(cache, hash, &who, 1);
	}
	hash_of(SESSION_CACHE_MAX, hash);
	session_cache_put(cache, hash, &who, 2);
	assert_null(session_cache_find(cache, hash, 2));
	session_cache_put(cache, hash, &who, 2 + SESSION_CACHE_LIFE_MS); /* the old ones go */
	assert_non_null(session_cache_find(cache, hash, 2 + SESSION_CACHE_LIFE_MS));
	session_cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_user_goes_with_all_sessions),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
