/* test_change.c: topic messages: whole or not at all, values byte for byte. */
#include "tests/unit/shared/model/unit.h"

#include "shared/model/change.h"

static void full_message(void **state)
{
	static const char TEXT[] =
		"{\"gen\":1700000000000,\"prev\":41,\"ver\":42,\"new\":1,\"changes\":["
		"{\"op\":\"set\",\"key\":\"proxy7\",\"value\":{ \"id\":7,\"x\":\"\\u00e9\\\"]}\" }},"
		"{\"op\":\"del\",\"key\":\"proxy\\u0038\"},"
		"{\"value\":{\"a\":1},\"op\":\"log\",\"key\":\"\"},"
		"{\"op\":\"job\",\"key\":\"rotate-7-3\",\"value\":{\"outcome\":\"ok\"}},"
		"{\"op\":\"session_end\",\"key\":\"5\"},{\"op\":\"user\",\"key\":\"5\"}]}";
	struct change change;

	(void)state;
	assert_true(change_parse(s(TEXT), &change, NULL));
	assert_int_equal(change.gen, 1700000000000);
	assert_int_equal(change.prev, 41);
	assert_int_equal(change.ver, 42);
	assert_int_equal(change.item_count, 6);
	assert_int_equal(change.items[0].op, CHANGE_SET);
	assert_slice(change.items[0].key, "proxy7");
	assert_slice(change.items[0].value, "{ \"id\":7,\"x\":\"\\u00e9\\\"]}\" }");
	/* A slice of the message itself, not a copy. */
	assert_true(change.items[0].value.data > TEXT && change.items[0].value.data < TEXT + sizeof(TEXT));
	assert_int_equal(change.items[1].op, CHANGE_DEL);
	assert_slice(change.items[1].key, "proxy8");
	assert_null(change.items[1].value.data);
	assert_int_equal(change.items[2].op, CHANGE_LOG);
	assert_slice(change.items[2].value, "{\"a\":1}");
	assert_int_equal(change.items[3].op, CHANGE_JOB);
	assert_int_equal(change.items[4].op, CHANGE_SESSION_END);
	assert_int_equal(change.items[5].op, CHANGE_USER);
	change_done(&change);
	change_done(&change);
	change_done(NULL);
}

static void no_changes(void **state)
{
	struct change change;

	(void)state;
	assert_true(change_parse(s("{\"gen\":1,\"prev\":0,\"ver\":1,\"changes\":[]}"), &change, NULL));
	assert_int_equal(change.item_count, 0);
	change_done(&change);
}

/* A newer node's op, as during an upgrade, must not cost the sets beside it. */
static void unknown_op(void **state)
{
	struct change change;

	(void)state;
	assert_true(change_parse(s("{\"gen\":1,\"prev\":0,\"ver\":1,\"changes\":["
				   "{\"op\":\"set\",\"key\":\"a\",\"value\":1},"
				   "{\"op\":\"tomorrow\",\"key\":\"\",\"value\":[2]},"
				   "{\"op\":\"set\",\"key\":\"b\",\"value\":3}]}"),
		&change, NULL));
	assert_int_equal(change.item_count, 2);
	assert_slice(change.items[0].key, "a");
	assert_slice(change.items[0].value, "1");
	assert_slice(change.items[1].key, "b");
	assert_slice(change.items[1].value, "3");
	change_done(&change);
}

static void refused(void **state)
{
	static const char *const WRONG[] = {
		"",
		"[]",
		"{}",
		"{\"gen\":1,\"prev\":0,\"ver\":2,\"changes\":[]}",
		"{\"gen\":1,\"prev\":-1,\"ver\":0,\"changes\":[]}",
		"{\"gen\":\"1\",\"prev\":0,\"ver\":1,\"changes\":[]}",
		"{\"gen\":1,\"prev\":0,\"ver\":1,\"changes\":{}}",
		"{\"gen\":1,\"prev\":0,\"ver\":1,\"changes\":[1]}",
		"{\"gen\":1,\"prev\":0,\"ver\":1,\"changes\":[{\"op\":\"set\",\"key\":\"a\"}]}",
		"{\"gen\":1,\"prev\":0,\"ver\":1,\"changes\":[{\"op\":\"set\",\"key\":\"\",\"value\":1}]}",
		"{\"gen\":1,\"prev\":0,\"ver\":1,\"changes\":[{\"op\":1,\"key\":\"a\",\"value\":1}]}",
		"{\"gen\":1,\"prev\":0,\"ver\":1,\"changes\":[{\"op\":\"del\"}]}",
		"{\"gen\":1,\"prev\":0,\"ver\":1,\"changes\":[{\"op\":\"set\",\"key\":\"a\",\"v\\u0061lue\":1}]}",
		/* the first change is fine, the second is not: nothing of it may be used */
		"{\"gen\":1,\"prev\":0,\"ver\":1,\"changes\":[{\"op\":\"del\",\"key\":\"a\"},{\"op\":\"del\",\"key\":1}]}",
	};
	struct change change = {.ver = 99};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(WRONG); i++) {
		struct err err = {0};

		if (change_parse(s(WRONG[i]), &change, &err))
			fail_msg("accepted: %s", WRONG[i]);
		assert_true(slice_has_prefix(s(err.msg), s("message: ")));
	}
	assert_int_equal(change.ver, 99);
}

static void versions(void **state)
{
	char text[VERSION_TEXT_BYTES];
	uint64_t gen = 7, ver = 7;

	(void)state;
	version_text(UINT64_MAX, UINT64_MAX, text);
	assert_string_equal(text, "18446744073709551615-18446744073709551615");
	assert_true(version_parse(s("1700000000000-42"), &gen, &ver));
	assert_int_equal(gen, 1700000000000);
	assert_int_equal(ver, 42);
	assert_false(version_parse(s("1700000000000"), &gen, &ver));
	assert_false(version_parse(s("1-"), &gen, &ver));
	assert_false(version_parse(s("-1-2"), &gen, &ver));
	assert_false(version_parse(s("1-2-3"), &gen, &ver));
	assert_int_equal(ver, 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_message),
		cmocka_unit_test(no_changes),
		cmocka_unit_test(unknown_op),
		cmocka_unit_test(refused),
		cmocka_unit_test(versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
