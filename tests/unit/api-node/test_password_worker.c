/* test_password_worker.c: hashes are checked beside the loop, in a line that is never long. */
#include "api-node/password_worker.h"

#include <event2/event.h>

#include "shared/crypto/password.h"
#include "shared/loop/loop_libevent.h"
#include "tests/unit/test.h"

struct answers {
	struct event_base *base;
	int good, bad, wanted;
};

static void on_done(bool matches, void *arg)
{
	struct answers *answers = arg;

	if (matches)
		answers->good++;
	else
		answers->bad++;
	if (answers->good + answers->bad == answers->wanted)
		event_base_loopbreak(answers->base);
}

static void test_verifies_and_refuses_beyond_the_line(void **state)
{
	struct answers answers = {.base = event_base_new()};
	struct loop *loop = loop_libevent_new(answers.base);
	struct err err = {0};
	struct password_worker *worker = password_worker_new(loop, &err);
	char hash[PASSWORD_HASH_BYTES];

	(void)state;
	assert_non_null(worker);
	assert_true(password_hash(SLICE_LIT("right-password"), hash, &err));
	answers.wanted = PASSWORD_QUEUE_MAX;
	assert_true(password_worker_verify(worker, hash, SLICE_LIT("right-password"), on_done, &answers));
	assert_true(password_worker_verify(worker, NULL, SLICE_LIT("right-password"), on_done, &answers));
	for (int i = 2; i < PASSWORD_QUEUE_MAX; i++)
		assert_true(
			password_worker_verify(worker, hash, SLICE_LIT("wrong-password"), on_done, &answers));
	assert_false(password_worker_verify(worker, hash, SLICE_LIT("right-password"), on_done, &answers));
	event_base_dispatch(answers.base);
	assert_int_equal(answers.good, 1);
	assert_int_equal(answers.bad, PASSWORD_QUEUE_MAX - 1);
	/* There is room again; what is left at the end is dropped, not told. */
	for (int i = 0; i < 3; i++)
		assert_true(
			password_worker_verify(worker, hash, SLICE_LIT("right-password"), on_done, &answers));
	password_worker_free(worker);
	password_worker_free(NULL);
	assert_int_equal(answers.good, 1);
	loop_libevent_free(loop);
	event_base_free(answers.base);
}

static void on_hashed(const char *hash, void *arg)
{
	struct answers *answers = arg;

	if (hash && password_verify(hash, SLICE_LIT("new-password")))
		answers->good++;
	else
		answers->bad++;
	if (answers->good + answers->bad == answers->wanted)
		event_base_loopbreak(answers->base);
}

static void test_hashes_in_the_same_line(void **state)
{
	struct answers answers = {.base = event_base_new(), .wanted = 2};
	struct loop *loop = loop_libevent_new(answers.base);
	struct err err = {0};
	struct password_worker *worker = password_worker_new(loop, &err);

	(void)state;
	assert_non_null(worker);
	assert_true(password_worker_hash(worker, SLICE_LIT("new-password"), on_hashed, &answers));
	assert_true(password_worker_hash(worker, SLICE_LIT(""), on_hashed, &answers)); /* cannot be hashed */
	event_base_dispatch(answers.base);
	assert_int_equal(answers.good, 1);
	assert_int_equal(answers.bad, 1);
	for (int i = 0; i < PASSWORD_QUEUE_MAX; i++)
		assert_true(password_worker_verify(worker, NULL, SLICE_LIT("x"), on_done, &answers));
	assert_false(password_worker_hash(worker, SLICE_LIT("new-password"), on_hashed, &answers));
	password_worker_free(worker);
	loop_libevent_free(loop);
	event_base_free(answers.base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_verifies_and_refuses_beyond_the_line),
		cmocka_unit_test(test_hashes_in_the_same_line)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
