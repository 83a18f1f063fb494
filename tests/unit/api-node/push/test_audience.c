/*
 * What an audience is told, when and in which order, and how its browsers read that. Time is passed in. The
 * table of records and the frames' JSON are this file's own: a proxy's frame shows its number as it is when
 * the frame is made.
 */
#include "api-node/push/audience.h"

#include <string.h>

#include "api-node/api.h"
#include "api-node/push/frame.h"
#include "api-node/push/push.h"
#include "api-node/push/push_client.h"
#include "api-node/push/push_frames.h"
#include "api-node/records.h"
#include "shared/model/proxy.h"
#include "tests/unit/test.h"

enum { OWNER = 7, MARKS_MAX = 5000, RECORDS = 4 };

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

static struct audience *audience;

static void join(struct push_client *client)
{
	*client = (struct push_client){.ops = &ops, .who = {.user_id = OWNER, .role = ROLE_USER}};
	push_client_init(client, audience);
}

static int start(void **state)
{
	static struct push_client client;

	audience = audience_new(OWNER);
	join(&client);
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
	audience_free(audience);
	return 0;
}

static void change(int64_t id, enum push_what what)
{
	assert_true(audience_tell(audience, id, what));
}

/* What the client is sent at that time, each frame in brackets; "": nothing. */
static void assert_sent(struct push_client *client, uint64_t now_ms, const char *expected)
{
	struct buf sent;
	struct slice bytes;
	uint64_t frames;

	buf_init(&sent, 0);
	(void)audience_flush(audience, &api, now_ms);
	while ((bytes = push_client_next(client, &api, &frames)).len > 0) {
		for (; frames; frames--) {
			size_t len = frame_length(bytes);
			buf_printf(&sent, "[%.*s]", (int)(len - 2), bytes.data + 2); /* all are short */
			bytes = slice_from(bytes, len);
		}
		assert_int_equal(bytes.len, 0);
	}
	assert_string_equal(buf_str(&sent), expected);
	assert_false(push_client_pending(client));
	buf_done(&sent);
}

static void test_a_change_is_told_at_once(void **state)
{
	struct push_client *client = *state;

	assert_sent(client, 1000, "");
	change(1, TELL_STATE);
	assert_sent(client, 1000, "[proxy 1 is 10]");
	assert_int_equal(audience_flush(audience, &api, 1099), 1);
	assert_int_equal(audience_flush(audience, &api, 1100), 0);
	change(1, TELL_STATE);
	assert_sent(client, 1101, "[proxy 1 is 10]");
}

static void test_then_once_in_100_ms_and_the_newest_wins(void **state)
{
	struct push_client *client = *state;

	change(1, TELL_STATE);
	proxies[1].number = 11;
	change(1, TELL_STATE); /* nothing was told yet: one frame */
	assert_sent(client, 1000, "[proxy 1 is 11]");
	for (int64_t number = 12; number < 15; number++) {
		proxies[1].number = number;
		change(1, TELL_STATE);
		assert_sent(client, 1050, "");
	}
	change(2, TELL_STATE); /* another one's pause is none of its business */
	assert_sent(client, 1060, "[proxy 2 is 20]");
	assert_sent(client, 1099, "");
	assert_sent(client, 1100, "[proxy 1 is 14]");
	change(1, TELL_STATE);
	assert_int_equal(audience_flush(audience, &api, 1199), 1); /* of the second frame; 2's are over */
	assert_sent(client, 1199, "");
	assert_sent(client, 1200, "[proxy 1 is 14]");
}

static void test_deleted_wins_over_state(void **state)
{
	struct push_client *client = *state;

	change(1, TELL_STATE);
	change(1, TELL_DELETED);
	assert_sent(client, 1000, "[deleted 1]");
	change(2, TELL_STATE);
	table[2].proxy = NULL; /* gone by the time the frame is made */
	change(3, TELL_STATE);
	proxies[3].user_id = OWNER + 1;
	assert_sent(client, 1100, "[deleted 2][deleted 3]");
}

static void test_each_reads_at_its_own_pace(void **state)
{
	struct push_client *quick = *state, slow;

	join(&slow);
	change(1, TELL_STATE);
	assert_sent(quick, 1000, "[proxy 1 is 10]");
	change(2, TELL_STATE);
	assert_sent(quick, 1010, "[proxy 2 is 20]");
	audience_trim(audience, slow.position);
	assert_sent(&slow, 1010, "[proxy 1 is 10][proxy 2 is 20]");
	audience_trim(audience, audience_end(audience)); /* all have read all */
	assert_int_equal(audience->log.len, 0);
	change(3, TELL_STATE);
	assert_sent(&slow, 1020, "[proxy 3 is 30]");
	assert_sent(quick, 1020, "[proxy 3 is 30]");
	push_client_done(&slow);
}

static void test_who_falls_out_of_the_log_reads_all_anew(void **state)
{
	struct push_client *quick = *state, slow;
	static char line[1000];
	uint64_t frames;
	size_t most = 0;

	join(&slow);
	memset(line, 'x', sizeof(line));
	for (unsigned i = 0; i < 2 * AUDIENCE_LOG_OWN_BYTES / sizeof(line); i++) {
		assert_true(audience_tell_text(audience, slice_of(line, sizeof(line))));
		(void)audience_flush(audience, &api, 1000);
		assert_true(push_client_next(quick, &api, &frames).len > 0);
		most = audience->log.len > most ? audience->log.len : most;
	}
	assert_true(most <= AUDIENCE_LOG_OWN_BYTES);
	assert_int_equal(quick->resyncs, 0);
	assert_false(audience_has(audience, slow.position));
	assert_sent(&slow, 1000, "[resync]");
	assert_int_equal(slow.resyncs, 1);
	change(1, TELL_STATE);
	assert_sent(&slow, 1000, "[proxy 1 is 10]");
	push_client_resync(&slow);
	push_client_resync(&slow); /* it has not taken the first one yet */
	assert_int_equal(slow.resyncs, 2);
	push_client_done(&slow);
}

static void test_a_span_ends_between_frames(void **state)
{
	struct push_client *client = *state;
	static char line[30000];
	uint64_t frames;

	for (unsigned i = 0; i < 3; i++)
		assert_true(audience_tell_text(audience, slice_of(line, sizeof(line))));
	(void)audience_flush(audience, &api, 1000);
	assert_int_equal(push_client_next(client, &api, &frames).len, 2 * (sizeof(line) + 4));
	assert_int_equal(frames, 2);
	assert_true(push_client_pending(client));
	assert_int_equal(push_client_next(client, &api, &frames).len, sizeof(line) + 4);
	assert_false(push_client_pending(client));
}

static void test_too_many_proxies_are_forgotten(void **state)
{
	struct push_client *client = *state;

	for (int64_t id = 1; id <= MARKS_MAX; id++)
		change(id, TELL_DELETED);
	change(1, TELL_DELETED); /* known already: not one more */
	assert_false(audience_tell(audience, MARKS_MAX + 1, TELL_DELETED));
	assert_int_equal(audience_flush(audience, &api, 1000), 0);
	push_client_resync(client);
	assert_sent(client, 1000, "[resync]");
	change(1, TELL_STATE);
	assert_sent(client, 1000, "[proxy 1 is 10]");
}

static void test_order(void **state)
{
	struct push_client *client = *state;

	assert_true(audience_tell_text(audience, SLICE_LIT("first line")));
	change(2, TELL_STATE);
	assert_true(audience_tell_text(audience, SLICE_LIT("second line")));
	change(1, TELL_STATE);
	push_client_tell_first(client, PENDING_SETTINGS);
	push_client_tell_first(client, PENDING_HELLO);
	assert_int_equal(wakes, 2);
	assert_sent(client, 1000, "[hello][settings][proxy 2 is 20][proxy 1 is 10][first line][second line]");
}

/* A frame that the hub has made and lets go of at once. */
static void tell(
	void (*fn)(struct push_client *, struct frame *), struct push_client *client, const char *text)
{
	struct frame *ready = frame_new(slice_from_str(text));

	fn(client, ready);
	frame_unref(ready);
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
	change(1, TELL_STATE);
	assert_sent(client, 1000, "[proxy 1 is 10][all 2][fleet 2]");
	assert_int_equal(push_client_stats_scope(client), STATS_CHANGES);
	tell(push_client_tell_stats, client, "changes");
	push_client_resync(client);
	assert_int_equal(push_client_stats_scope(client), STATS_ALL);
	assert_sent(client, 1000, "[resync]");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_change_is_told_at_once),
		TEST(test_then_once_in_100_ms_and_the_newest_wins),
		TEST(test_deleted_wins_over_state),
		TEST(test_each_reads_at_its_own_pace),
		TEST(test_who_falls_out_of_the_log_reads_all_anew),
		TEST(test_a_span_ends_between_frames),
		TEST(test_too_many_proxies_are_forgotten),
		TEST(test_order),
		TEST(test_rates_and_fleet_are_told_last_and_the_newest_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
