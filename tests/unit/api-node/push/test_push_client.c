/*
 * What one browser is told, when and in which order. Time is passed in. The table of records and the frames'
 * JSON are this file's own: a proxy's frame shows its number as it is when the frame is made.
 */
#include "api-node/push/push_client.h"

#include <string.h>

#include "api-node/api.h"
#include "api-node/push/frame.h"
#include "api-node/push/push.h"
#include "api-node/push/push_frames.h"
#include "api-node/records.h"
#include "shared/model/proxy.h"
#include "tests/unit/test.h"

enum { OWNER = 7, MARKS_MAX = 5000, TEXTS_MAX = 500, RECORDS = 4 };

static struct proxy proxies[RECORDS];
static struct record table[RECORDS]; /* by id; without a proxy: absent */
static struct api api;
static unsigned wakes;

const struct record *records_find(const struct records *records, uint64_t id)
{
	(void)records;
	return id < RECORDS && table[id].proxy ? &table[id] : NULL;
}

const struct settings *records_settings(const struct records *records)
{
	(void)records;
	return NULL;
}

static void frame(struct buf *out, const char *text)
{
	buf_clear(out);
	buf_append(out, text, strlen(text));
}

void frame_hello(struct buf *out, const struct records *records)
{
	(void)records;
	frame(out, "hello");
}

void frame_resync(struct buf *out)
{
	frame(out, "resync");
}

void frame_settings(struct buf *out, const struct settings *settings)
{
	(void)settings;
	frame(out, "settings");
}

void frame_proxy(struct buf *out, struct api *of, const struct record *record)
{
	(void)of;
	buf_clear(out);
	buf_printf(out, "proxy %lld is %lld", (long long)record->proxy->id, (long long)record->proxy->number);
}

void frame_proxy_deleted(struct buf *out, int64_t id)
{
	buf_clear(out);
	buf_printf(out, "deleted %lld", (long long)id);
}

static void on_wake(void *arg)
{
	(void)arg;
	wakes++;
}

static const struct push_client_ops ops = {.wake = on_wake};

static int start(void **state)
{
	static struct push_client client;

	client = (struct push_client){.ops = &ops, .who = {.user_id = OWNER, .role = ROLE_USER}};
	push_client_init(&client);
	for (int64_t id = 1; id < RECORDS; id++) {
		proxies[id] = (struct proxy){.id = id, .number = 10 * id, .user_id = OWNER};
		table[id].proxy = &proxies[id];
	}
	wakes = 0;
	*state = &client;
	return 0;
}

static int stop(void **state)
{
	push_client_done(*state);
	return 0;
}

/* The next frame at that time; NULL: there must be none. */
static void assert_next(struct push_client *client, uint64_t now_ms, const char *expected)
{
	struct frame *frame = push_client_next(client, &api, now_ms);

	assert_int_equal(frame != NULL, expected != NULL);
	if (frame && expected)
		assert_true(slice_eq_str(frame_text(frame), expected));
	frame_unref(frame);
}

/* A frame that the hub has made and lets go of at once. */
static void tell(
	void (*fn)(struct push_client *, struct frame *), struct push_client *client, const char *text)
{
	struct frame *ready = frame_new(slice_from_str(text));

	fn(client, ready);
	frame_unref(ready);
}

static void test_a_change_is_told_at_once(void **state)
{
	struct push_client *client = *state;

	assert_next(client, 1000, NULL);
	push_client_tell(client, 1, TELL_STATE);
	assert_int_equal(wakes, 1);
	assert_next(client, 1000, "proxy 1 is 10");
	assert_next(client, 1000, NULL);
	assert_int_equal(push_client_cool(client, 1099), 1);
	assert_int_equal(push_client_cool(client, 1100), 0);
	push_client_tell(client, 1, TELL_STATE);
	assert_int_equal(wakes, 2);
	assert_next(client, 1101, "proxy 1 is 10");
}

static void test_then_once_in_100_ms_and_the_newest_wins(void **state)
{
	struct push_client *client = *state;

	push_client_tell(client, 1, TELL_STATE);
	proxies[1].number = 11;
	push_client_tell(client, 1, TELL_STATE); /* nothing was told yet: one frame */
	assert_next(client, 1000, "proxy 1 is 11");
	assert_next(client, 1000, NULL);
	for (int64_t number = 12; number < 15; number++) {
		proxies[1].number = number;
		push_client_tell(client, 1, TELL_STATE);
		assert_next(client, 1050, NULL);
	}
	push_client_tell(client, 2, TELL_STATE); /* another one's pause is none of its business */
	assert_next(client, 1060, "proxy 2 is 20");
	wakes = 0;
	assert_int_equal(push_client_cool(client, 1099), 2);
	assert_next(client, 1099, NULL);
	assert_int_equal(wakes, 0);
	assert_int_equal(push_client_cool(client, 1100), 2);
	assert_int_equal(wakes, 1);
	assert_next(client, 1110, "proxy 1 is 14");
	push_client_tell(client, 1, TELL_STATE);
	assert_int_equal(push_client_cool(client, 1209), 1); /* 100 ms of the second frame; 2's are over */
	assert_next(client, 1209, NULL);
	(void)push_client_cool(client, 1210);
	assert_next(client, 1210, "proxy 1 is 14");
}

static void test_deleted_wins_over_state(void **state)
{
	struct push_client *client = *state;

	push_client_tell(client, 1, TELL_STATE);
	push_client_tell(client, 1, TELL_DELETED);
	assert_next(client, 1000, "deleted 1");
	push_client_tell(client, 2, TELL_STATE);
	assert_next(client, 1000, "proxy 2 is 20");
	push_client_tell(client, 2, TELL_STATE);
	table[2].proxy = NULL; /* gone by the time the frame is made */
	(void)push_client_cool(client, 1100);
	assert_next(client, 1100, "deleted 2");
	push_client_tell(client, 3, TELL_STATE);
	proxies[3].user_id = OWNER + 1;
	assert_next(client, 1100, "deleted 3");
	assert_next(client, 1100, NULL);
}

static void test_too_many_proxies_are_a_resync(void **state)
{
	struct push_client *client = *state;

	tell(push_client_tell_text, client, "line");
	for (int64_t id = 1; id <= MARKS_MAX; id++)
		push_client_tell(client, id, TELL_DELETED);
	push_client_tell(client, 1, TELL_DELETED); /* known already: not one more */
	assert_int_equal(client->resyncs, 0);
	push_client_tell(client, MARKS_MAX + 1, TELL_DELETED);
	assert_int_equal(client->resyncs, 1);
	assert_int_equal(push_client_cool(client, 1000), 0);
	assert_next(client, 1000, "resync");
	assert_next(client, 1000, NULL);
	push_client_tell(client, 1, TELL_STATE);
	assert_next(client, 1000, "proxy 1 is 10");
}

static void test_too_many_lines_are_a_resync(void **state)
{
	struct push_client *client = *state;

	push_client_tell(client, 1, TELL_STATE);
	for (unsigned i = 0; i < TEXTS_MAX; i++)
		tell(push_client_tell_text, client, "line");
	assert_int_equal(client->resyncs, 0);
	tell(push_client_tell_text, client, "line");
	assert_int_equal(client->resyncs, 1);
	assert_next(client, 1000, "resync");
	assert_next(client, 1000, NULL);
	tell(push_client_tell_text, client, "after");
	assert_next(client, 1000, "after");
}

static void test_order(void **state)
{
	struct push_client *client = *state;

	tell(push_client_tell_text, client, "first line");
	push_client_tell(client, 2, TELL_STATE);
	tell(push_client_tell_text, client, "second line");
	push_client_tell(client, 1, TELL_STATE);
	push_client_tell_first(client, PENDING_SETTINGS);
	push_client_tell_first(client, PENDING_HELLO);
	assert_int_equal(wakes, 6);
	assert_next(client, 1000, "hello");
	assert_next(client, 1000, "settings");
	assert_next(client, 1000, "proxy 2 is 20");
	assert_next(client, 1000, "proxy 1 is 10");
	assert_next(client, 1000, "first line");
	tell(push_client_tell_text, client, "third line");
	assert_next(client, 1000, "second line");
	assert_next(client, 1000, "third line");
	assert_next(client, 1000, NULL);
}

static void test_rates_and_fleet_are_told_last_and_the_newest_wins(void **state)
{
	struct push_client *client = *state;

	assert_int_equal(push_client_stats_scope(client), STATS_ALL);
	push_client_tell_stats(client, NULL);
	assert_int_equal(push_client_stats_scope(client), STATS_ALL);
	tell(push_client_tell_fleet, client, "fleet 1");
	tell(push_client_tell_stats, client, "all 1");
	assert_int_equal(push_client_stats_scope(client), STATS_ALL); /* it has not taken the last one */
	tell(push_client_tell_stats, client, "all 2");
	tell(push_client_tell_fleet, client, "fleet 2");
	push_client_tell(client, 1, TELL_STATE);
	assert_next(client, 1000, "proxy 1 is 10");
	assert_next(client, 1000, "all 2");
	assert_int_equal(push_client_stats_scope(client), STATS_CHANGES);
	assert_next(client, 1000, "fleet 2");
	assert_next(client, 1000, NULL);
	tell(push_client_tell_stats, client, "changes");
	push_client_resync(client);
	assert_int_equal(push_client_stats_scope(client), STATS_ALL);
	assert_next(client, 1000, "resync");
	assert_next(client, 1000, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_change_is_told_at_once),
		TEST(test_then_once_in_100_ms_and_the_newest_wins),
		TEST(test_deleted_wins_over_state),
		TEST(test_too_many_proxies_are_a_resync),
		TEST(test_too_many_lines_are_a_resync),
		TEST(test_order),
		TEST(test_rates_and_fleet_are_told_last_and_the_newest_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
