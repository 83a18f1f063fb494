/* test_password.c: yescrypt both ways, bcrypt of the single-host version, and refused schemes. */
#include "shared/crypto/password.h"

#include <string.h>
#include <time.h>

#include "tests/unit/test.h"

static void test_yescrypt(void **state)
{
	char one[PASSWORD_HASH_BYTES], two[PASSWORD_HASH_BYTES];

	(void)state;
	assert_true(password_hash(SLICE_LIT("mật khẩu 1"), one, NULL));
	assert_true(password_hash(SLICE_LIT("mật khẩu 1"), two, NULL));
	assert_int_equal(strncmp(one, "$y$", 3), 0);
	assert_string_not_equal(one, two);
	assert_true(password_verify(one, SLICE_LIT("mật khẩu 1")));
	assert_true(password_verify(two, SLICE_LIT("mật khẩu 1")));
	assert_false(password_verify(one, SLICE_LIT("mật khẩu 2")));
	assert_false(password_verify(one, SLICE_NONE));
}

static void test_bcrypt(void **state)
{
	/* The well-known vector of crypt_blowfish's own tests. */
	static const char hash[] = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
	static const char hash_b[] = "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

	(void)state;
	assert_true(password_verify(hash, SLICE_LIT("U*U")));
	assert_true(password_verify(hash_b, SLICE_LIT("U*U")));
	assert_false(password_verify(hash_b, SLICE_LIT("U*V")));
}

static void test_refused(void **state)
{
	static const char *const hashes[] = {"", "*0", "*1", "x", "$y$", "$y$j9T$", "$2b$", "$2b$05",
		"$2x$05$CCCC", "$2b$05$short", "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		"abJnggxhB/yWI", "$1$abcd$0000000000000000000000", "plain"};
	char long_one[PASSWORD_MAX_BYTES + 1], hash[PASSWORD_HASH_BYTES];
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hashes); i++)
		if (password_verify(hashes[i], SLICE_LIT("password")))
			fail_msg("verified against %s", hashes[i]);
	assert_false(password_verify(NULL, SLICE_LIT("x")));
	memset(long_one, 'x', sizeof(long_one));
	assert_false(password_hash(slice_of(long_one, sizeof(long_one)), hash, &err));
	assert_int_equal(err.code, ERR_INVALID);
	assert_true(password_hash(slice_of(long_one, sizeof(long_one) - 1), hash, &err));
	assert_false(password_hash(SLICE_NONE, hash, &err));
	assert_false(password_hash(SLICE_LIT("a\0b"), hash, &err));
}

static uint64_t cpu_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

/* Best of three on the thread's own CPU clock, so that a busy machine does not disturb the comparison. */
static void test_nobody_costs_the_same(void **state)
{
	char hash[PASSWORD_HASH_BYTES];
	uint64_t known_us = UINT64_MAX, nobody_us = UINT64_MAX;

	(void)state;
	assert_true(password_hash(SLICE_LIT("password"), hash, NULL));
	for (int i = 0; i < 3; i++) {
		uint64_t start_us = cpu_us();
		assert_false(password_verify(hash, SLICE_LIT("wrong")));
		uint64_t middle_us = cpu_us();
		assert_false(password_verify_nobody(SLICE_LIT("wrong")));
		uint64_t end_us = cpu_us();
		known_us = middle_us - start_us < known_us ? middle_us - start_us : known_us;
		nobody_us = end_us - middle_us < nobody_us ? end_us - middle_us : nobody_us;
	}
	assert_true(nobody_us * 2 > known_us);
	assert_true(nobody_us < known_us * 2);
}

static void test_generated_and_old_ones(void **state)
{
	char one[PASSWORD_GENERATED_BYTES], two[PASSWORD_GENERATED_BYTES];

	(void)state;
	password_generate(one);
	password_generate(two);
	assert_int_equal(strlen(one), PASSWORD_GENERATED_BYTES - 1);
	assert_string_not_equal(one, two);
	assert_null(strpbrk(one, "lI1O0o"));
	assert_true(password_hash_is_old("$2b$04$3lZOnOhMnNf9jXOrcVdpde6UcUEZKahynRTEZME6wLZC0fata55m6"));
	assert_false(password_hash_is_old("$y$j9T$Yh1fYpOnC4nVhIzV7RrDz.$x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_yescrypt),
		cmocka_unit_test(test_bcrypt),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_nobody_costs_the_same),
		cmocka_unit_test(test_generated_and_old_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
