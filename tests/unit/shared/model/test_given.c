/* test_given.c: regions and times as people write them. */
#include "shared/model/given.h"

#include "tests/unit/test.h"

static void region(const char *text, const char *expected)
{
	assert_true(slice_eq_str(given_region(slice_from_str(text)), expected));
}

static void test_regions(void **state)
{
	(void)state;
	region("bac", "bac");
	region("BAC", "bac");
	region(" Bắc ", "bac");
	region("MIỀN BẮC", "bac");
	region("Miền Trung", "trung");
	region("miền Nam", "nam");
	region("Ngẫu nhiên", "random");
	region("", "");
	region("mars", "");
	region("miền nam miền nam miền nam miền nam", "");
}

static void time_is(const char *text, int64_t expected)
{
	int64_t at_ms = -1;

	assert_int_equal(given_time(slice_from_str(text), &at_ms), expected >= 0);
	assert_int_equal(at_ms, expected);
}

static void test_times(void **state)
{
	/* 1970-01-02T23:59:59+07:00 */
	const int64_t end = 86400000 + 17 * 3600000 - 1000;

	(void)state;
	time_is("1970-01-02", end);
	time_is(" 02/01/1970 ", end);
	time_is("2/1/1970", end);
	time_is("2-1-1970", end);
	time_is("2.1.1970", end);
	time_is("1970-01-02T00:00:01Z", 86401000);
	time_is("1970-01-02T00:00:01.5-00:30", 86401500 + 1800000);
	time_is("1970-01-02T07:00:01+07:00", 86401000);
	time_is("31/02/2027", -1);
	time_is("32/01/2027", -1);
	time_is("01/13/2027", -1);
	time_is("1970-13-01", -1);
	time_is("1/1/27", -1);
	time_is("1/1/1969", -1);
	time_is("soon", -1);
	time_is("1/1", -1);
	time_is("1/1/1/1970", -1);
	time_is("//2027", -1);
	time_is("", -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_regions),
		cmocka_unit_test(test_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
