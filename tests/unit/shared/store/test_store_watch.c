/*
 * test_store_watch.c: the rules of store_watch one by one; test_store_watch_model.c mixes them.
 *
 * Longer than 400 lines because it is a list: one short test a rule.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shared/store/store_digest.h"
#include "shared/store/store_watch.h"

/* A node that only writes down what it is told. */
struct node {
	struct watch *watch;
	struct watch_ops ops;
	char log[1024]; /* "snapshot gap(5-7) stage(a=1) apply(b=2) del(c) swap drop notice(j)" */
	uint32_t ticket;
};

static void __attribute__((format(printf, 2, 3))) note(struct node *n, const char *fmt, ...)
{
	size_t len = strlen(n->log);
	va_list ap;

	if (len)
		n->log[len++] = ' ';
	va_start(ap, fmt);
	vsnprintf(n->log + len, sizeof(n->log) - len, fmt, ap);
	va_end(ap);
}

static bool node_check(void *arg, struct slice key, struct slice value, struct err *err)
{
	(void)arg;
	(void)key;
	return !slice_eq_str(value, "bad") || err_set(err, ERR_INVALID, "bad");
}

static bool node_apply(
	void *arg, enum change_op op, struct slice key, struct slice value, uint64_t ver, struct err *err)
{
	(void)ver;
	(void)err;
	if (op == CHANGE_DEL)
		note(arg, "del(%.*s)", SLICE_ARG(key));
	else
		note(arg, "apply(%.*s=%.*s)", SLICE_ARG(key), SLICE_ARG(value));
	return true;
}

static bool node_stage(void *arg, struct slice key, struct slice value, uint64_t ver, struct err *err)
{
	(void)ver;
	(void)err;
	note(arg, "stage(%.*s=%.*s)", SLICE_ARG(key), SLICE_ARG(value));
	return node_check(arg, key, value, err);
}

static bool node_keep(void *arg, struct slice key)
{
	note(arg, "keep(%.*s)", SLICE_ARG(key));
	return true;
}

static void node_swap(void *arg)
{
	note(arg, "swap");
}

static void node_drop(void *arg)
{
	note(arg, "drop");
}

static void node_notice(void *arg, const struct change_item *item)
{
	note(arg, "notice(%.*s)", SLICE_ARG(item->key));
}

static const struct store_follow_ops node_ops = {.check = node_check,
	.apply = node_apply,
	.stage = node_stage,
	.keep = node_keep,
	.swap = node_swap,
	.drop = node_drop,
	.notice = node_notice};

static void fetch_snapshot(void *arg, uint32_t ticket)
{
	struct node *n = arg;

	n->ticket = ticket;
	note(n, "snapshot");
}

static void fetch_gap(void *arg, uint32_t ticket, uint64_t gen, uint64_t ver)
{
	struct node *n = arg;

	n->ticket = ticket;
	note(n, "gap(%lu-%lu)", gen, ver);
}

/* What was called since the last look. */
#define assert_log(n, text)                          \
	do {                                         \
		assert_string_equal((n)->log, text); \
		(n)->log[0] = '\0';                  \
	} while (0)

static struct change message(uint64_t gen, uint64_t ver, struct change_item *items, size_t count)
{
	return (struct change){.gen = gen, .prev = ver - 1, .ver = ver, .items = items, .item_count = count};
}

static void send_set(struct node *n, uint64_t gen, uint64_t ver, const char *key, const char *value)
{
	struct change_item item = {CHANGE_SET, slice_from_str(key), slice_from_str(value)};
	struct change change = message(gen, ver, &item, 1);

	watch_message(n->watch, &change);
}

static void send_del(struct node *n, uint64_t gen, uint64_t ver, const char *key)
{
	struct change_item item = {CHANGE_DEL, slice_from_str(key), SLICE_NONE};
	struct change change = message(gen, ver, &item, 1);

	watch_message(n->watch, &change);
}

/* A whole snapshot of one or no entry, and nothing happens meanwhile. */
static void give_snapshot(struct node *n, uint64_t gen, uint64_t ver, const char *key, uint64_t allow_empty)
{
	uint32_t ticket = n->ticket;

	watch_snapshot_begin(n->watch, ticket, gen, ver);
	if (key)
		watch_snapshot_entry(n->watch, ticket, slice_from_str(key), SLICE_LIT("1"), ver);
	watch_snapshot_end(n->watch, ticket, gen, ver, allow_empty);
}

static int set_up(void **state)
{
	struct node *n = calloc(1, sizeof(*n));

	assert_non_null(n);
	n->ops = (struct watch_ops){
		.fetch_snapshot = fetch_snapshot, .fetch_gap = fetch_gap, .table = &node_ops, .table_arg = n};
	n->watch = watch_new(&n->ops, n);
	watch_tick(n->watch, 10000);
	*state = n;
	return 0;
}

static int tear_down(void **state)
{
	struct node *n = *state;

	watch_free(n->watch);
	free(n);
	return 0;
}

static void assert_at(const struct node *n, uint64_t gen, uint64_t ver)
{
	uint64_t is_gen, is_ver;

	watch_position(n->watch, &is_gen, &is_ver);
	assert_int_equal(is_gen, gen);
	assert_int_equal(is_ver, ver);
}

/* Live at 5-7 with the one entry a=1. */
static void make_live(struct node *n)
{
	assert_false(watch_ready(n->watch));
	watch_connected(n->watch);
	assert_log(n, "snapshot");
	give_snapshot(n, 5, 7, "a", 0);
	assert_log(n, "stage(a=1) swap");
	assert_true(watch_ready(n->watch));
	assert_at(n, 5, 7);
}

static void test_follows_in_order(void **state)
{
	struct node *n = *state;

	make_live(n);
	assert_int_equal(watch_digest(n->watch), store_digest_entry(SLICE_LIT("a"), SLICE_LIT("1")));
	send_set(n, 5, 8, "b", "2");
	send_set(n, 5, 8, "b", "2"); /* a duplicate */
	send_del(n, 5, 9, "a");
	assert_log(n, "apply(b=2) del(a)");
	assert_at(n, 5, 9);
	assert_int_equal(watch_digest(n->watch), store_digest_entry(SLICE_LIT("b"), SLICE_LIT("2")));
	assert_int_equal(watch_count(n->watch), 1);
}

static void test_a_gap_is_fetched_once(void **state)
{
	struct node *n = *state;
	struct change_item item = {CHANGE_SET, SLICE_LIT("b"), SLICE_LIT("8")};
	struct change eight = message(5, 8, &item, 1);

	make_live(n);
	send_set(n, 5, 9, "c", "9");
	watch_version(n->watch, 5, 10);
	assert_log(n, "gap(5-7)");
	watch_gap_message(n->watch, n->ticket + 1, &eight); /* not what was asked for */
	assert_log(n, "");
	watch_gap_message(n->watch, n->ticket, &eight);
	watch_gap_broken(n->watch, n->ticket, 5, 9); /* unreadable in the stream: stepped over */
	watch_gap_end(n->watch, n->ticket);
	assert_log(n, "apply(b=8) gap(5-9)");
	watch_gap_end(n->watch, n->ticket); /* nothing came: trimmed */
	watch_tick(n->watch, 10900);
	assert_log(n, ""); /* at most one snapshot a second */
	watch_tick(n->watch, 11000);
	assert_log(n, "snapshot");
	assert_int_equal(watch_stats(n->watch)->refused, 1);
}

static void test_an_old_chunk_brings_nothing_back(void **state)
{
	struct node *n = *state;

	watch_connected(n->watch);
	watch_snapshot_begin(n->watch, n->ticket, 5, 7);
	send_del(n, 5, 8, "a");
	send_set(n, 5, 9, "b", "new");
	watch_snapshot_entry(n->watch, n->ticket, SLICE_LIT("a"), SLICE_LIT("old"), 6);
	watch_snapshot_entry(n->watch, n->ticket, SLICE_LIT("b"), SLICE_LIT("old"), 7);
	watch_snapshot_entry(n->watch, n->ticket, SLICE_LIT("c"), SLICE_LIT("ahead"), 11);
	watch_snapshot_end(n->watch, n->ticket, 5, 11, 0);
	assert_log(n, "snapshot stage(a=) stage(b=new) stage(c=ahead) gap(5-9)");
	assert_false(watch_ready(n->watch)); /* c is ahead of what else is there */
	send_set(n, 5, 10, "c", "between");
	send_set(n, 5, 11, "c", "ahead");
	assert_log(n, "swap");
	assert_at(n, 5, 11);
	assert_int_equal(watch_count(n->watch), 2);
}

static void test_a_new_generation_starts_over(void **state)
{
	struct node *n = *state;

	make_live(n);
	watch_tick(n->watch, 20000);
	send_set(n, 4, 99, "z", "lower generation");
	assert_log(n, "");
	send_set(n, 6, 3, "b", "2"); /* a lower version of a higher generation */
	assert_log(n, "snapshot");
	assert_at(n, 5, 7); /* serves meanwhile */
	give_snapshot(n, 6, 3, "b", 0);
	assert_log(n, "stage(b=1) swap");
	assert_at(n, 6, 3);
	watch_version(n->watch, 5, 100);
	assert_log(n, "");
}

static void test_an_empty_snapshot_needs_permission(void **state)
{
	struct node *n = *state;

	make_live(n);
	watch_tick(n->watch, 20000);
	watch_version(n->watch, 6, 0);
	give_snapshot(n, 6, 0, NULL, 5); /* allowed for another generation */
	assert_log(n, "snapshot drop");
	assert_at(n, 5, 7);
	assert_int_equal(watch_stats(n->watch)->empty_refused, 1);
	watch_tick(n->watch, 21000);
	give_snapshot(n, 6, 0, NULL, 6);
	assert_log(n, "snapshot swap");
	assert_at(n, 6, 0);
	assert_int_equal(watch_count(n->watch), 0);
	assert_int_equal(watch_digest(n->watch), 0);
}

static void test_an_empty_store_is_fine_for_who_holds_nothing(void **state)
{
	struct node *n = *state;

	watch_connected(n->watch);
	give_snapshot(n, 5, 0, NULL, 0);
	assert_log(n, "snapshot swap");
	assert_true(watch_ready(n->watch));
}

static void test_an_invalid_message_is_refused_whole(void **state)
{
	struct node *n = *state;
	struct change_item items[] = {{CHANGE_SET, SLICE_LIT("b"), SLICE_LIT("2")},
		{CHANGE_SET, SLICE_LIT("a"), SLICE_LIT("bad")},
		{CHANGE_LOG, SLICE_LIT("l"), SLICE_LIT("{}")}};
	struct change change = message(5, 8, items, 3);

	make_live(n);
	watch_message(n->watch, &change);
	watch_message_broken(n->watch);
	assert_log(n, "");
	assert_at(n, 5, 8); /* seen, and stepped over */
	assert_int_equal(watch_stats(n->watch)->refused, 2);
	assert_int_equal(watch_digest(n->watch), store_digest_entry(SLICE_LIT("a"), SLICE_LIT("1")));
	change = message(5, 9, items + 2, 1);
	watch_message(n->watch, &change);
	assert_log(n, "notice(l)");
}

/* As after a restart of Redis: the whole table is read anew, and one entry of it is invalid. */
static void test_an_invalid_snapshot_entry_keeps_the_last_valid(void **state)
{
	struct node *n = *state;

	make_live(n);
	watch_tick(n->watch, 100000);
	send_set(n, 6, 1, "z", "1"); /* a new generation */
	assert_log(n, "snapshot");
	watch_snapshot_begin(n->watch, n->ticket, 6, 1);
	watch_snapshot_entry(n->watch, n->ticket, SLICE_LIT("a"), SLICE_LIT("bad"), 1);
	watch_snapshot_entry(n->watch, n->ticket, SLICE_LIT("b"), SLICE_LIT("bad"), 1); /* never was valid */
	watch_snapshot_end(n->watch, n->ticket, 6, 1, 0);
	assert_log(n, "stage(a=bad) keep(a) stage(b=bad) swap");
	assert_int_equal(watch_count(n->watch), 1);
	assert_int_equal(watch_stats(n->watch)->refused, 2);
	assert_int_equal(watch_digest(n->watch), store_digest_entry(SLICE_LIT("a"), SLICE_LIT("1")));
	send_set(n, 6, 2, "a", "2"); /* an older version than the kept entry's, of the newer history */
	assert_log(n, "apply(a=2)");
	assert_int_equal(watch_digest(n->watch), store_digest_entry(SLICE_LIT("a"), SLICE_LIT("2")));
}

static void test_an_invalid_snapshot_entry_brings_nothing_deleted_back(void **state)
{
	struct node *n = *state;

	make_live(n);
	watch_tick(n->watch, 100000);
	send_set(n, 6, 1, "z", "1");
	watch_snapshot_begin(n->watch, n->ticket, 6, 1);
	send_del(n, 6, 2, "a");
	watch_snapshot_entry(n->watch, n->ticket, SLICE_LIT("a"), SLICE_LIT("bad"), 3);
	watch_snapshot_entry(n->watch, n->ticket, SLICE_LIT("c"), SLICE_LIT("3"), 3);
	assert_log(n, "snapshot stage(a=) stage(a=bad) stage(c=3)");
}

static void test_a_disconnect_drops_the_snapshot(void **state)
{
	struct node *n = *state;
	uint32_t old;

	make_live(n);
	watch_tick(n->watch, 20000);
	watch_version(n->watch, 6, 1);
	old = n->ticket;
	watch_snapshot_begin(n->watch, old, 6, 1);
	watch_disconnected(n->watch);
	assert_log(n, "snapshot drop");
	watch_snapshot_entry(n->watch, old, SLICE_LIT("x"), SLICE_LIT("late"), 1);
	watch_snapshot_end(n->watch, old, 6, 1, 0);
	send_set(n, 5, 8, "b", "2");
	watch_version(n->watch, 5, 9);
	assert_log(n, ""); /* down: nothing counts */
	assert_at(n, 5, 7);
	watch_connected(n->watch); /* with a copy: no snapshot, only what was missed */
	watch_version(n->watch, 5, 9);
	assert_log(n, "gap(5-7)");
	watch_fetch_failed(n->watch, n->ticket);
	watch_version(n->watch, 5, 9);
	assert_log(n, "gap(5-7)");
}

static void test_currency_is_what_was_asked_for(void **state)
{
	struct node *n = *state;

	make_live(n);
	assert_int_equal(watch_current_at_ms(n->watch), 10000);
	watch_tick(n->watch, 12000);
	send_set(n, 5, 8, "b", "2");
	assert_int_equal(watch_current_at_ms(n->watch), 10000);
	watch_version(n->watch, 5, 8);
	assert_int_equal(watch_current_at_ms(n->watch), 12000);
	watch_tick(n->watch, 13000);
	watch_version(n->watch, 5, 9);
	assert_int_equal(watch_current_at_ms(n->watch), 12000);
}

/* The formula that store_digest.h promises to other languages; these numbers were computed in Python. */
static void test_digest_formula(void **state)
{
	(void)state;
	assert_int_equal(
		store_digest_entry(SLICE_LIT("proxy1"), SLICE_LIT("{\"id\":1}")), 0x950cb73d8f82804au);
	assert_int_equal(store_digest_entry(SLICE_LIT(""), SLICE_LIT("")), 0x25fc6dd36ce04b20u);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_follows_in_order),
		TEST(test_a_gap_is_fetched_once),
		TEST(test_an_old_chunk_brings_nothing_back),
		TEST(test_a_new_generation_starts_over),
		TEST(test_an_empty_snapshot_needs_permission),
		TEST(test_an_empty_store_is_fine_for_who_holds_nothing),
		TEST(test_an_invalid_message_is_refused_whole),
		TEST(test_an_invalid_snapshot_entry_keeps_the_last_valid),
		TEST(test_an_invalid_snapshot_entry_brings_nothing_deleted_back),
		TEST(test_a_disconnect_drops_the_snapshot),
		TEST(test_currency_is_what_was_asked_for),
		cmocka_unit_test(test_digest_formula),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
