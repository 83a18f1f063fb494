/* test_natural.c: one ascending list; each of its names against each. */
#include "shared/base/natural.h"

#include "tests/unit/test.h"

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

static void test_order(void **state)
{
	static const char *const ASCENDING[] = {"", "2", "10", "18446744073709551616", "18446744073709551617",
		"a", "a1", "a1b", "a1b2", "a1b10", "a2", "a9x", "a10", "ab", "proxy2", "proxy10", "proxy10a",
		"\xc3\xa6"};
	const size_t count = ARRAY_LEN(ASCENDING);

	(void)state;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
			assert_int_equal(sign(natural_compare(
						 slice_from_str(ASCENDING[i]), slice_from_str(ASCENDING[j]))),
				(i > j) - (i < j));
}

static void test_leading_zeros(void **state)
{
	(void)state;
	assert_int_equal(natural_compare(SLICE_LIT("a007"), SLICE_LIT("a7")), 0);
	assert_int_equal(natural_compare(SLICE_LIT("a000"), SLICE_LIT("a0")), 0);
	assert_true(natural_compare(SLICE_LIT("a007b"), SLICE_LIT("a7a")) > 0);
	assert_true(natural_compare(SLICE_LIT("a08"), SLICE_LIT("a9")) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_leading_zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
