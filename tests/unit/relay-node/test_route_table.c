/* The table of a worker, what a served route knows, and what becomes of connections when it is replaced. */
#include "relay-node/route_table.h"

#include "relay-node/retire.h"
#include "tests/unit/relay-node/route_maker.h"
#include "tests/unit/test.h"

static struct keyring *keyring;

static struct served_route *served(struct route_text text)
{
	struct served_route *made = test_served(keyring, text);

	assert_non_null(made);
	return made;
}

static void test_set_find_replace_remove(void **state)
{
	struct route_table table;
	struct served_route *old;
	struct route_entry *entry;

	(void)state;
	route_table_init(&table);
	entry = route_table_set(&table, served((struct route_text){.id = 1}), &old);
	assert_null(old);
	assert_ptr_equal(route_table_find(&table, SLICE_LIT("proxy1")), entry);
	assert_ptr_equal(route_table_find(&table, SLICE_LIT("PROXY1")), entry);
	assert_null(route_table_find(&table, SLICE_LIT("proxy2")));
	assert_null(route_table_find(&table, SLICE_LIT("")));
	assert_null(route_table_find(
		&table, SLICE_LIT("p123456789012345678901234567890123456789012345678901234567890123")));
	assert_ptr_equal(
		route_table_set(&table, served((struct route_text){.id = 1, .ver = 2}), &old), entry);
	assert_non_null(old);
	assert_int_equal(old->route->ver, 1);
	assert_int_equal(entry->served->route->ver, 2);
	served_route_unref(old);
	route_table_remove(&table, entry);
	assert_null(route_table_find(&table, SLICE_LIT("proxy1")));
	route_table_done(&table);
}

static void test_many(void **state)
{
	enum { MANY = 3000 };
	struct route_table table;
	struct served_route *old;
	struct route_entry *entry;
	size_t cursor = 0, seen = 0;
	char name[32];

	(void)state;
	route_table_init(&table);
	for (unsigned i = 1; i <= MANY; i++)
		route_table_set(&table, served((struct route_text){.id = i}), &old);
	for (unsigned i = 1; i <= MANY; i++) {
		snprintf(name, sizeof(name), "proxy%u", i);
		entry = route_table_find(&table, slice_from_str(name));
		assert_non_null(entry);
		assert_int_equal(entry->served->route->id, i);
	}
	while ((entry = route_table_next(&table, &cursor)) != NULL) {
		seen++;
		route_table_remove(&table, entry); /* the one just returned may go */
	}
	assert_int_equal(seen, MANY);
	route_table_done(&table);
}

static void test_usage_is_taken_once(void **state)
{
	struct route_table table;
	struct served_route *old;
	struct route_entry *one, *two;
	struct route_usage usage;

	(void)state;
	route_table_init(&table);
	one = route_table_set(&table, served((struct route_text){.id = 1}), &old);
	two = route_table_set(&table, served((struct route_text){.id = 2}), &old);
	route_entry_count(&table, one, (struct route_usage){.bytes_up = 5, .connections = 1});
	route_entry_count(&table, two, (struct route_usage){.errors = 1});
	route_entry_count(&table, one, (struct route_usage){.bytes_up = 5, .bytes_down = 7});
	assert_ptr_equal(route_table_take_usage(&table, &usage), one);
	assert_int_equal(usage.bytes_up, 10);
	assert_int_equal(usage.bytes_down, 7);
	assert_int_equal(usage.connections, 1);
	assert_ptr_equal(route_table_take_usage(&table, &usage), two);
	assert_int_equal(usage.errors, 1);
	assert_null(route_table_take_usage(&table, &usage));
	route_entry_count(&table, two, (struct route_usage){.bytes_down = 1});
	route_table_remove(&table, two); /* with traffic that nobody took */
	assert_null(route_table_take_usage(&table, &usage));
	route_table_done(&table);
}

static void test_upstream_password_is_opened_once(void **state)
{
	struct served_route *with, *without;
	struct buf sealed;
	struct err err = {0};

	(void)state;
	buf_init(&sealed, 0);
	assert_true(seal(keyring, SLICE_LIT("proxy:1:remote_password"), SLICE_LIT("s3cret"), &sealed, NULL));
	with = served((struct route_text){.id = 1, .user = "renter", .auth = buf_str(&sealed)});
	assert_true(slice_eq_str(served_route_authorization(with), "Basic cmVudGVyOnMzY3JldA=="));
	without = served((struct route_text){.id = 1});
	assert_int_equal(served_route_authorization(without).len, 0);
	assert_false(served_route_same_upstream(with, without));
	/* Sealed for another proxy: it does not open. */
	assert_null(test_served(keyring,
		(struct route_text){.id = 2, .user = "renter", .auth = buf_str(&sealed), .err = &err}));
	assert_true(err.msg[0] != '\0');
	served_route_unref(with);
	served_route_unref(without);
	served_route_unref(NULL);
	buf_done(&sealed);
}

static enum retire_action decide(struct route_text before, struct route_text after, enum close_reason *reason)
{
	struct served_route *old = served(before), *newest = served(after);
	enum retire_action action = retire_decide(old, newest, reason);

	served_route_unref(old);
	served_route_unref(newest);
	return action;
}

static void test_retire(void **state)
{
	const struct route_text old = {.id = 1, .http = "198.51.100.1:80"};
	enum close_reason reason = CLOSE_DONE;

	(void)state;
	assert_int_equal(
		decide(old, (struct route_text){.id = 1, .http = "198.51.100.1:80", .ver = 2}, &reason),
		RETIRE_KEEP);
	assert_int_equal(
		decide(old, (struct route_text){.id = 1, .http = "198.51.100.2:80"}, &reason), RETIRE_DRAIN);
	assert_int_equal(
		decide(old, (struct route_text){.id = 1, .http = "198.51.100.2:80", .on_rotate = "cut"},
			&reason),
		RETIRE_CUT);
	assert_int_equal(reason, CLOSE_ROTATED);
	assert_int_equal(
		decide(old, (struct route_text){.id = 1, .http = "198.51.100.2:80", .on_rotate = "keep"},
			&reason),
		RETIRE_KEEP);
	assert_int_equal(
		decide(old, (struct route_text){.id = 1, .http = "198.51.100.1:80", .restart_seq = 1},
			&reason),
		RETIRE_CUT);
	assert_int_equal(reason, CLOSE_RESTARTED);
	assert_int_equal(decide(old, (struct route_text){.id = 1, .state = "paused"}, &reason), RETIRE_CUT);
	assert_int_equal(reason, CLOSE_PAUSED);
	assert_int_equal(
		decide(old, (struct route_text){.id = 1, .state = "unavailable", .reason = "err.quota"},
			&reason),
		RETIRE_CUT);
	assert_int_equal(reason, CLOSE_QUOTA);
	/* No upstream now: what lives may live. */
	assert_int_equal(
		decide(old, (struct route_text){.id = 1, .state = "unavailable", .http = ""}, &reason),
		RETIRE_KEEP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_find_replace_remove),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_usage_is_taken_once),
		cmocka_unit_test(test_upstream_password_is_opened_once),
		cmocka_unit_test(test_retire),
	};
	int failed;

	keyring = test_keyring();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	keyring_free(keyring);
	return failed;
}
