/* test_iso8601.c: times as REST shows and takes them. */
#include "tests/unit/shared/model/unit.h"

#include <stdio.h>
#include <time.h>

#include "shared/base/buf.h"
#include "shared/base/compiler.h"
#include "shared/json/json_writer.h"
#include "shared/model/iso8601.h"

static void known_times(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} KNOWN[] = {
		{0, "1970-01-01T00:00:00.000Z"},
		{-1, "1969-12-31T23:59:59.999Z"},
		{951782400000, "2000-02-29T00:00:00.000Z"},
		{1718029591927, "2024-06-10T14:26:31.927Z"},
		{4107542400000, "2100-03-01T00:00:00.000Z"},
		{253402300799999, "9999-12-31T23:59:59.999Z"},
		{INT64_MAX, "9999-12-31T23:59:59.999Z"},
		{INT64_MIN, "0000-01-01T00:00:00.000Z"},
	};
	char text[ISO8601_TEXT_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(KNOWN); i++) {
		iso8601_text(KNOWN[i].ms, text);
		assert_string_equal(text, KNOWN[i].text);
	}
}

/* Against the C library's calendar, and back, through 8,000 years in steps of 17 days and some. */
static void agrees_with_libc(void **state)
{
	char text[ISO8601_TEXT_BYTES], expected[64];
	int64_t back;

	(void)state;
	for (int64_t ms = 0; ms < 253402300799999; ms += 1470001237) {
		time_t seconds = (time_t)(ms / 1000);
		struct tm tm;

		gmtime_r(&seconds, &tm);
		size_t len = strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S", &tm);
		snprintf(expected + len, sizeof(expected) - len, ".%03dZ", (int)(ms % 1000));
		iso8601_text(ms, text);
		assert_string_equal(text, expected);
		assert_true(iso8601_parse(s(text), &back));
		assert_int_equal(back, ms);
	}
}

static void other_forms(void **state)
{
	int64_t ms;

	(void)state;
	assert_true(iso8601_parse(s("2024-06-10"), &ms));
	assert_int_equal(ms, 1717977600000);
	assert_true(iso8601_parse(s("2024-06-10T21:26:31.9279+07:00"), &ms));
	assert_int_equal(ms, 1718029591927);
	assert_true(iso8601_parse(s("2024-06-10t09:26:31-05:00"), &ms));
	assert_int_equal(ms, 1718029591000);
	assert_true(iso8601_parse(s("2024-06-10T14:26:31.5z"), &ms));
	assert_int_equal(ms, 1718029591500);
}

static void refused(void **state)
{
	static const char *const WRONG[] = {"", "2024", "2024-06", "2024-6-10", "2024-02-30", "2023-02-29",
		"2100-02-29", "2024-13-01", "2024-00-10", "2024-06-00", "1969-12-31", "2024-06-10T",
		"2024-06-10T14:26Z", "2024-06-10T24:00:00Z", "2024-06-10T14:60:00Z", "2024-06-10T14:26:60Z",
		"2024-06-10T14:26:31", "2024-06-10T14:26:31.Z", "2024-06-10T14:26:31+7:00",
		"2024-06-10T14:26:31+07:00 ", "2024-06-10 14:26:31Z", "+2024-06-10", "2024-06-10T14:26:31ZZ"};
	int64_t ms = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(WRONG); i++)
		if (iso8601_parse(s(WRONG[i]), &ms))
			fail_msg("accepted: %s", WRONG[i]);
	assert_int_equal(ms, 42);
}

static void put(void **state)
{
	struct json_writer w;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	json_writer_init(&w, &out);
	json_object_begin(&w);
	iso8601_put(&w, "a", 1);
	iso8601_put(&w, "b", 0);
	iso8601_put(&w, "c", -1);
	json_object_end(&w);
	assert_string_equal(buf_str(&out), "{\"a\":\"1970-01-01T00:00:00.001Z\",\"b\":null,\"c\":null}");
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_times),
		cmocka_unit_test(agrees_with_libc),
		cmocka_unit_test(other_forms),
		cmocka_unit_test(refused),
		cmocka_unit_test(put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
