/* test_remind_time.c: nine o'clock in several zones, days of 23 and 25 hours, and that looking again, or
 * late, changes nothing. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <time.h>

#include "scheduler/notices/remind_time.h"
#include "scheduler/notices/time_zone.h"
#include "shared/model/iso8601.h"

static int64_t at(const char *text)
{
	int64_t ms;

	assert_true(iso8601_parse(slice_from_str(text), &ms));
	return ms;
}

static void use(const char *zone)
{
	struct err err;

	if (!time_zone_use(zone, &err))
		fail_msg("%s", err.msg);
}

static void the_day_turns_at_nine(void **state)
{
	static const struct {
		const char *zone, *now, *until;
	} cases[] = {
		{"Asia/Ho_Chi_Minh", "2026-11-28T08:59:59.999+07:00", "2026-11-28T00:00:00+07:00"},
		{"Asia/Ho_Chi_Minh", "2026-11-28T09:00:00+07:00", "2026-11-29T00:00:00+07:00"},
		{"Asia/Ho_Chi_Minh", "2026-11-28T23:59:59+07:00", "2026-11-29T00:00:00+07:00"},
		{"Asia/Ho_Chi_Minh", "2026-11-29T00:00:00+07:00", "2026-11-29T00:00:00+07:00"},
		{"Asia/Ho_Chi_Minh", "2026-12-31T09:00:00+07:00", "2027-01-01T00:00:00+07:00"},
		{"Asia/Ho_Chi_Minh", "2028-02-28T12:00:00+07:00", "2028-02-29T00:00:00+07:00"},
		{"UTC", "2026-11-28T08:59:59Z", "2026-11-28T00:00:00Z"},
		{"UTC", "2026-11-28T09:00:00Z", "2026-11-29T00:00:00Z"},
		{"America/New_York", "2026-11-28T14:00:00Z", "2026-11-29T05:00:00Z"},
		{"America/New_York", "2026-11-28T13:59:59Z", "2026-11-28T05:00:00Z"},
		{"Asia/Kathmandu", "2026-11-28T03:15:00Z", "2026-11-29T00:00:00+05:45"},
		/* Summer time ends on 25 October 2026 in Berlin: that day has 25 hours; it begins on 29
		   March. */
		{"Europe/Berlin", "2026-10-24T09:00:00+02:00", "2026-10-25T00:00:00+02:00"},
		{"Europe/Berlin", "2026-10-25T08:30:00+01:00", "2026-10-25T00:00:00+02:00"},
		{"Europe/Berlin", "2026-10-25T09:00:00+01:00", "2026-10-26T00:00:00+01:00"},
		{"Europe/Berlin", "2026-03-29T09:00:00+02:00", "2026-03-30T00:00:00+02:00"},
		{"Europe/Berlin", "2026-03-29T08:59:00+02:00", "2026-03-29T00:00:00+01:00"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		use(cases[i].zone);
		int64_t until = remind_until_ms(at(cases[i].now));
		if (until != at(cases[i].until))
			fail_msg("%s at %s: %lld, not %lld", cases[i].zone, cases[i].now, (long long)until,
				(long long)at(cases[i].until));
	}
}

/* What is due at nine is due whenever one looks later that day and night, and nothing more: a restart, or
 * another leader, sees what was seen before. */
static void looking_again_changes_nothing(void **state)
{
	int64_t nine, next;

	(void)state;
	use("Asia/Ho_Chi_Minh");
	nine = at("2026-11-28T09:00:00+07:00");
	next = at("2026-11-29T09:00:00+07:00");
	for (int64_t now = nine; now < next; now += 60000)
		assert_true(remind_until_ms(now) == remind_until_ms(nine));
	assert_true(remind_until_ms(next) - remind_until_ms(nine) == 86400000);
}

static void zones_that_are_none(void **state)
{
	static const char *const names[] = {
		"Nowhere/Town", "", "../etc/passwd", "/etc/passwd", "Asia/../UTC", "a b"};
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_false(time_zone_use(names[i], &err));
}

static void the_default_works_without_zone_files(void **state)
{
	(void)state;
	setenv("TZDIR", "/nowhere", 1);
	use(TIME_ZONE_DEFAULT);
	assert_true(remind_until_ms(at("2026-11-28T09:00:00+07:00")) == at("2026-11-29T00:00:00+07:00"));
	unsetenv("TZDIR");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_day_turns_at_nine),
		cmocka_unit_test(looking_again_changes_nothing),
		cmocka_unit_test(zones_that_are_none),
		cmocka_unit_test(the_default_works_without_zone_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
