/* test_json.c: what must be refused (each case is one that some parser accepts), getters, and linear time. */
#include "shared/json/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "tests/unit/test.h"

static void test_refused(void **state)
{
	static const struct slice cases[] = {
		SLICE_LIT(""),
		SLICE_LIT(" "),
		SLICE_LIT("{"),
		SLICE_LIT("}"),
		SLICE_LIT("[1"),
		SLICE_LIT("[1,]"),
		SLICE_LIT("[,1]"),
		SLICE_LIT("[1 2]"),
		SLICE_LIT("{\"a\"}"),
		SLICE_LIT("{\"a\":}"),
		SLICE_LIT("{\"a\":1,}"),
		SLICE_LIT("{a:1}"),
		SLICE_LIT("{'a':1}"),
		SLICE_LIT("{1:1}"),
		SLICE_LIT("[1}"),
		SLICE_LIT("{\"a\":1]"),
		SLICE_LIT("{\"a\" 1}"),
		SLICE_LIT("{,}"),
		/* behind the value */
		SLICE_LIT("{}x"),
		SLICE_LIT("{}{}"),
		SLICE_LIT("1 2"),
		SLICE_LIT("{}\0"),
		SLICE_LIT("[]]"),
		SLICE_LIT("null,"),
		SLICE_LIT("{} // c"),
		SLICE_LIT("/**/{}"),
		/* in front of it */
		SLICE_LIT("\xef\xbb\xbf{}"),
		SLICE_LIT("\0{}"),
		SLICE_LIT("\x0b{}"),
		SLICE_LIT("\x01{}"),
		SLICE_LIT("\xc2\xa0{}"),
		SLICE_LIT("[\f1]"),
		/* duplicates */
		SLICE_LIT("{\"a\":1,\"a\":2}"),
		SLICE_LIT("{\"a\":1,\"\\u0061\":2}"),
		SLICE_LIT("[{\"x\":{\"b\":1,\"b\":1}}]"),
		SLICE_LIT("{\"\":1,\"\":1}"),
		/* words and numbers */
		SLICE_LIT("tru"),
		SLICE_LIT("True"),
		SLICE_LIT("truex"),
		SLICE_LIT("nul"),
		SLICE_LIT("NaN"),
		SLICE_LIT("Infinity"),
		SLICE_LIT("-Infinity"),
		SLICE_LIT("01"),
		SLICE_LIT("-01"),
		SLICE_LIT("00"),
		SLICE_LIT("+1"),
		SLICE_LIT("1."),
		SLICE_LIT(".5"),
		SLICE_LIT("-.5"),
		SLICE_LIT("-"),
		SLICE_LIT("1e"),
		SLICE_LIT("1e+"),
		SLICE_LIT("1.e1"),
		SLICE_LIT("0x10"),
		SLICE_LIT("1_000"),
		SLICE_LIT("1e999"),
		SLICE_LIT("-1e999"),
		SLICE_LIT("[1e400]"),
		SLICE_LIT("--1"),
		SLICE_LIT("1,5"),
		/* strings */
		SLICE_LIT("\"a"),
		SLICE_LIT("\"a\\\""),
		SLICE_LIT("\"\\"),
		SLICE_LIT("\"\\x41\""),
		SLICE_LIT("\"\\u12\""),
		SLICE_LIT("\"\\u123g\""),
		SLICE_LIT("\"\\u 123\""),
		SLICE_LIT("\"\\u0000\""),
		SLICE_LIT("\"a\\u0000b\""),
		SLICE_LIT("{\"\\u0000\":1}"),
		SLICE_LIT("\"\0\""),
		SLICE_LIT("\"a\nb\""),
		SLICE_LIT("\"\t\""),
		SLICE_LIT("\"\x1f\""),
		SLICE_LIT("'a'"),
		SLICE_LIT("\"\\'\""),
		SLICE_LIT("\"\\U0041\""),
		SLICE_LIT("\"\\ud800\""),
		SLICE_LIT("\"\\udc00\""),
		SLICE_LIT("\"\\ud800\\ud800\""),
		SLICE_LIT("\"\\ud800x\""),
		SLICE_LIT("\"\\ud800\\n\""),
		SLICE_LIT("\"\\udfff\\ud800\""),
		SLICE_LIT("\"\\ud800\\u0041\""),
		SLICE_LIT("\"\\ud83d\\u"),
		SLICE_LIT("\"\x80\""),
		SLICE_LIT("\"\xc0\xaf\""),
		SLICE_LIT("\"\xed\xa0\x80\""),
		SLICE_LIT("\"\xff\""),
		SLICE_LIT("\"\xf4\x90\x80\x80\""),
		SLICE_LIT("\"\xe1\xbb\""),
		SLICE_LIT("{\"\xff\":1}"),
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		/* A copy of exactly this size: AddressSanitizer sees a read behind the end. */
		char *copy = malloc(cases[i].len ? cases[i].len : 1);
		memcpy(copy, cases[i].data, cases[i].len);
		err_clear(&err);
		struct json *json = json_parse(slice_of(copy, cases[i].len), NULL, &err);
		if (json)
			fail_msg("accepted case %zu: %.*s", i, SLICE_ARG(cases[i]));
		assert_int_equal(err.code, ERR_INVALID);
		assert_int_equal(strncmp(err.msg, "JSON: ", 6), 0);
		free(copy);
	}
}

static void test_accepted(void **state)
{
	static const char *const cases[] = {"{}", "[]", " \t\r\n[ ] ", "0", "-0", "-0.0", "1e5", "1E+5",
		"1.5e-3", "null", "true", "\"\"", "\"\\ud83d\\ude00\"",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"", "[[[]]]", "{\"a\":{\"a\":[]}}", "\"Hà Nội\"",
		"{\"a\":1,\"A\":2}", "[1,\"x\",null,{}]", "1e-999", "\"\x7f\""};
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct json *json = json_parse(slice_from_str(cases[i]), NULL, &err);
		if (!json)
			fail_msg("refused %s: %s", cases[i], err.msg);
		json_free(json);
	}
	json_free(NULL);
}

/* Every beginning of a text is refused, never read beyond. */
static void test_every_cut(void **state)
{
	static const char text[] =
		"{\"a\":[1.5e3,true,null,\"\\ud83d\\ude00 \xe1\xbb\x99\"],\"b\":{\"c\":-0.25}}";

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		char *copy = malloc(len ? len : 1);
		memcpy(copy, text, len);
		assert_null(json_parse(slice_of(copy, len), NULL, NULL));
		free(copy);
	}
}

static void test_limits(void **state)
{
	const struct json_limits small = {.max_bytes = 10, .max_depth = 2};
	struct err err;
	struct buf b;

	(void)state;
	assert_null(json_parse(SLICE_LIT("[1,2,3,4,5]"), &small, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	assert_null(json_parse(SLICE_LIT("[[[]]]"), &small, &err));
	assert_string_equal(err.msg, "JSON: nested too deeply at byte 3");
	json_free(json_parse(SLICE_LIT("[[1]]"), &small, &err));
	for (unsigned depth = 32; depth <= 33; depth++) {
		buf_init(&b, 0);
		for (unsigned i = 0; i < depth; i++)
			buf_append_str(&b, i % 2 ? "[" : "{\"a\":");
		buf_append_str(&b, "1");
		for (unsigned i = depth; i-- > 0;)
			buf_append_str(&b, i % 2 ? "]" : "}");
		struct json *json = json_parse(buf_slice(&b), NULL, NULL);
		assert_int_equal(json != NULL, depth == 32);
		json_free(json);
		buf_done(&b);
	}
}

/* A quarter of a megabyte of the worst kind must cost milliseconds, not minutes. */
static void test_linear_time(void **state)
{
	struct buf digits, members, opens;

	(void)state;
	buf_init(&digits, 0);
	buf_init(&members, 0);
	buf_init(&opens, 0);
	for (int i = 0; i < 250000; i++) {
		buf_append_char(&digits, '9');
		buf_append_char(&opens, '[');
	}
	buf_append_char(&members, '{');
	for (int i = 0; i < 20000; i++)
		buf_printf(&members, "%s\"k%d\":1", i ? "," : "", i);
	uint64_t start_ms = clock_now_ms();
	assert_null(json_parse(buf_slice(&digits), NULL, NULL));
	assert_null(json_parse(buf_slice(&opens), NULL, NULL));
	buf_append_str(&members, ",\"k7\":1}");
	struct err err;
	assert_null(json_parse(buf_slice(&members), NULL, &err));
	assert_string_equal(err.msg, "JSON: duplicate member \"k7\"");
	assert_in_range(clock_now_ms() - start_ms, 0, 2000);
	buf_done(&digits);
	buf_done(&members);
	buf_done(&opens);
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		bool whole;
		int64_t value;
	} cases[] = {
		{"0", true, 0},
		{"-7", true, -7},
		{"9007199254740991", true, 9007199254740991},
		{"-9007199254740991", true, -9007199254740991},
		{"9007199254740992", false, 0},
		{"9007199254740993", false, 0},
		{"1e3", true, 1000},
		{"1.5", false, 0},
		{"1e300", false, 0},
		{"-1e300", false, 0},
		{"18446744073709551616", false, 0},
	};
	int64_t value;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct json *json = json_parse(slice_from_str(cases[i].text), NULL, NULL);
		assert_non_null(json);
		assert_int_equal(json_i64(json, &value), cases[i].whole);
		if (cases[i].whole)
			assert_true(value == cases[i].value);
		json_free(json);
	}
}

static void test_getters(void **state)
{
	struct json *json = json_parse(
		SLICE_LIT(
			"{\"s\":\"x\\u00e9\",\"n\":5,\"b\":true,\"z\":null,\"a\":[1,2],\"o\":{\"k\":1},\"f\":1.5}"),
		NULL, NULL);
	const struct json *container;
	struct slice s;
	struct err err;
	int64_t n = 0;
	bool b = false, present;

	(void)state;
	assert_true(json_get_str(json, "s", &s, &err));
	assert_true(slice_eq(json_str_of(json, "s"), s));
	assert_null(json_str_of(json, "n").data);
	assert_null(json_str_of(json, "missing").data);
	assert_null(json_str_of(NULL, "s").data);
	assert_true(slice_eq_str(s, "xé"));
	assert_true(json_get_i64(json, "n", &n, &err));
	assert_int_equal(n, 5);
	assert_true(json_get_bool(json, "b", &b, &err));
	assert_true(b);
	assert_true(json_get_array(json, "a", &container, &err));
	assert_int_equal(json_count(container), 2);
	assert_true(json_get_object(json, "o", &container, &err));
	assert_true(slice_eq_str(json_name(json_first(container)), "k"));
	assert_null(json_next(json_first(container)));
	assert_false(json_get_str(json, "n", &s, &err));
	assert_string_equal(err.msg, "\"n\" must be a string, not a number");
	assert_false(json_get_i64(json, "z", &n, &err));
	assert_string_equal(err.msg, "\"z\" must be a number, not null");
	assert_false(json_get_i64(json, "f", &n, &err));
	assert_false(json_get_str(json, "missing", &s, &err));
	assert_string_equal(err.msg, "\"missing\" is missing");
	assert_false(json_get_str(json, "S", &s, &err)); /* names are case-sensitive */
	assert_true(json_opt_str(json, "missing", &s, &present, &err));
	assert_false(present);
	assert_true(json_opt_str(json, "s", &s, &present, &err));
	assert_true(present);
	assert_false(json_opt_bool(json, "z", &b, &present, &err));
	assert_null(json_member(json_member(json, "a"), "x"));
	json_free(json);
}

static void test_only_members(void **state)
{
	static const char *const names[] = {"a", "b", "c"};
	struct json *json = json_parse(SLICE_LIT("{\"b\":1,\"x\":2}"), NULL, NULL);
	struct err err;

	(void)state;
	assert_false(json_only_members(json, names, 3, &err));
	assert_string_equal(err.msg, "unknown field \"x\"; known: a, b, c");
	json_free(json);
	json = json_parse(SLICE_LIT("{\"c\":1,\"a\":2}"), NULL, NULL);
	assert_true(json_only_members(json, names, 3, &err));
	json_free(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_linear_time),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_getters),
		cmocka_unit_test(test_only_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
