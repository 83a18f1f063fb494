/* test_store.c: opening the store against a real redis-server: generations, wrong keys, newer data, lost
 * scripts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shared/base/proc.h"
#include "shared/store/store.h"
#include "shared/store/store_script.h"
#include "tests/unit/shared/store/loop_fixture.h"
#include "tests/unit/shared/store/script_fixture.h"

struct world {
	struct loop_fixture loop;
	struct redis_fixture redis;
	struct store_options options;
	struct store *store;
	struct store_listener listener;
	int ups, downs, fatals;
	struct err err;
	int answers;
	enum store_status status;
	struct err lost;
	int64_t first_id;
};

static void on_event(void *arg, enum store_event event, const struct err *err)
{
	struct world *w = arg;

	w->ups += event == STORE_EVENT_UP;
	w->downs += event == STORE_EVENT_DOWN;
	w->fatals += event == STORE_EVENT_FATAL;
	assert_int_equal(err == NULL, event == STORE_EVENT_UP);
	if (err)
		w->err = *err;
}

static void on_result(const struct store_result *result, void *arg)
{
	struct world *w = arg;

	w->answers++;
	w->status = result->status;
	w->first_id = store_result_int(result, "first_id");
	if (result->err)
		w->lost = *result->err;
	else
		assert_int_equal(store_result_str(result, "no such").len, 0);
}

static void take_ids(struct world *w, uint64_t count)
{
	struct store_call call;

	store_call_begin(&call, SCRIPT_ID_TAKE);
	store_call_uint(&call, count);
	store_call_send(w->store, &call, on_result, w);
}

static void start(struct world *w)
{
	w->ups = w->downs = w->fatals = 0;
	w->store = store_new(w->loop.loop, &w->options);
	w->listener = (struct store_listener){.event = on_event, .arg = w};
	store_listen(w->store, &w->listener);
}

static void stop(struct world *w)
{
	store_free(w->store);
	w->store = NULL;
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	char url[64];

	assert_non_null(w);
	loop_fixture_init(&w->loop);
	redis_fixture_start(&w->redis);
	snprintf(url, sizeof(url), "redis://127.0.0.1:%u", w->redis.port);
	assert_true(store_url_parse(url, &w->options.url, NULL));
	w->options.prefix = SCRIPT_PREFIX;
	w->options.key_check = SCRIPT_KEY_CHECK;
	start(w);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	store_free(w->store);
	redis_fixture_done(&w->redis);
	loop_fixture_done(&w->loop);
	free(w);
	return 0;
}

static void test_opens_and_runs(void **state)
{
	struct world *w = *state;

	take_ids(w, 3); /* not up yet */
	assert_int_equal(w->answers, 0);
	loop_until(&w->loop, w->answers == 1);
	assert_int_equal(w->status, STORE_LOST);
	loop_until(&w->loop, w->ups == 1);
	assert_true(store_is_up(w->store));
	assert_true(store_generation(w->store) > 0);
	assert_int_equal(
		redis_fixture_int(&w->redis, "GET {kp}:generation"), (long long)store_generation(w->store));
	take_ids(w, 3);
	loop_until(&w->loop, w->answers == 2);
	assert_int_equal(w->status, STORE_OK);
	assert_int_equal(w->first_id, 1);
	take_ids(w, 0); /* the script's own refusal */
	loop_until(&w->loop, w->answers == 3);
	assert_int_equal(w->status, STORE_ERROR);
	assert_non_null(strstr(w->lost.msg, "Redis: "));
}

static void test_a_listener_that_comes_late_is_told(void **state)
{
	struct world *w = *state;
	struct world late = {0};

	loop_until(&w->loop, w->ups == 1);
	late.listener = (struct store_listener){.event = on_event, .arg = &late};
	store_listen(w->store, &late.listener);
	assert_int_equal(late.ups, 0);
	loop_until(&w->loop, late.ups == 1);
	assert_int_equal(w->ups, 1); /* and nobody twice */
	store_unlisten(w->store, &late.listener);
}

static void test_forgotten_scripts_are_sent_again(void **state)
{
	struct world *w = *state;

	loop_until(&w->loop, w->ups == 1);
	for (int round = 1; round <= 5; round++) {
		freeReplyObject(redis_fixture_command(&w->redis, "SCRIPT FLUSH"));
		take_ids(w, 1);
		take_ids(w, 1);
		loop_until(&w->loop, w->answers == round * 2);
		assert_int_equal(w->status, STORE_OK);
		assert_int_equal(w->first_id, round * 2); /* each ran once */
	}
}

static void test_a_restart_begins_a_generation(void **state)
{
	struct world *w = *state;

	loop_until(&w->loop, w->ups == 1);
	uint64_t generation = store_generation(w->store);
	freeReplyObject(redis_fixture_command(&w->redis, "CLIENT KILL TYPE normal SKIPME yes"));
	loop_until(&w->loop, w->ups == 2);
	assert_int_equal(store_generation(w->store), generation); /* the same server */
	take_ids(w, 1);
	take_ids(w, 1);
	redis_fixture_kill(&w->redis);
	loop_until(&w->loop, w->downs >= 2 && w->answers == 2);
	assert_int_equal(w->status, STORE_LOST);
	redis_fixture_restart(&w->redis);
	loop_until(&w->loop, w->ups == 3);
	assert_true(store_generation(w->store) > generation);
}

static void test_a_wrong_key_is_fatal(void **state)
{
	struct world *w = *state;

	loop_until(&w->loop, w->ups == 1);
	stop(w);
	w->options.key_check = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
	start(w);
	loop_until(&w->loop, w->fatals == 1);
	assert_non_null(strstr(w->err.msg, "SECRET_KEY does not open the data"));
	assert_false(store_is_up(w->store));
	take_ids(w, 1);
	loop_until(&w->loop, w->answers == 1);
	assert_int_equal(w->status, STORE_LOST);
}

static void test_newer_data_are_fatal(void **state)
{
	struct world *w = *state;

	loop_until(&w->loop, w->ups == 1);
	stop(w);
	freeReplyObject(redis_fixture_command(&w->redis, "SET {kp}:schema_version 2"));
	start(w);
	loop_until(&w->loop, w->fatals == 1);
	assert_non_null(strstr(w->err.msg, "newer version"));
}

static void test_an_emptied_store_is_not_opened(void **state)
{
	struct world *w = *state;

	loop_until(&w->loop, w->ups == 1);
	stop(w);
	freeReplyObject(redis_fixture_command(&w->redis, "FLUSHALL"));
	redisContext *c = redisConnect("127.0.0.1", w->redis.port);
	SCRIPT_OK(c, SCRIPT_HEARTBEAT, "relay-1", "60000", "routes_gen", "7");
	redisFree(c);
	start(w);
	loop_until(&w->loop, store_link_reconnects(store_command_link(w->store)) >= 3);
	assert_int_equal(w->downs, 1); /* told once, not with each attempt */
	assert_int_equal(w->ups + w->fatals, 0);
	assert_non_null(strstr(w->err.msg, "Redis has lost its data"));
	freeReplyObject(redis_fixture_command(&w->redis, "DEL {kp}:nodes"));
	loop_until(&w->loop, w->ups == 1); /* by itself, once that is settled */
}

static void test_freed_with_work_under_way(void **state)
{
	struct world *w = *state;

	loop_until(&w->loop, w->ups == 1);
	for (int i = 0; i < 50; i++)
		take_ids(w, 1);
	assert_int_equal(w->answers, 0);
	stop(w);
	assert_int_equal(w->answers, 50);
	assert_int_equal(w->status, STORE_LOST);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_opens_and_runs),
		TEST(test_a_listener_that_comes_late_is_told),
		TEST(test_forgotten_scripts_are_sent_again),
		TEST(test_a_restart_begins_a_generation),
		TEST(test_a_wrong_key_is_fatal),
		TEST(test_newer_data_are_fatal),
		TEST(test_an_emptied_store_is_not_opened),
		TEST(test_freed_with_work_under_way),
	};

	proc_ignore_sigpipe();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
