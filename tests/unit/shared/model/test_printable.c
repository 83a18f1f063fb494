/* test_printable.c: which texts can be shown. */
#include "tests/unit/shared/model/unit.h"

#include "shared/model/printable.h"

static void counts_characters(void **state)
{
	size_t chars = 0;

	(void)state;
	assert_true(printable_check(s("Hà Nội 😀 नि\u200dक"), PRINTABLE_ONE_LINE, &chars));
	assert_int_equal(chars, 13);
	assert_true(printable_check(s(""), PRINTABLE_ONE_LINE, &chars));
	assert_int_equal(chars, 0);
	assert_true(printable_check(s("a\nb\tc"), PRINTABLE_MANY_LINES, &chars));
	assert_int_equal(chars, 5);
}

static void refused(void **state)
{
	static const char *const WRONG[] = {"a\x01", "\x7f", "a\rb", "\x1b[31m", "\xc2\x85", "a\u2028b",
		"\u202eabc", "\u2066x", "\ufeffx", "\u200bx", "\xef\xbf\xbe", "\xf4\x8f\xbf\xbf", "\xff",
		"\xc0\xaf", "\xed\xa0\x80", "\xe2\x82", "\U000e0041"};
	size_t chars = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(WRONG); i++)
		if (printable_check(s(WRONG[i]), PRINTABLE_MANY_LINES, &chars))
			fail_msg("accepted row %zu", i);
	assert_false(printable_check(slice_of("a\0b", 3), PRINTABLE_MANY_LINES, &chars));
	assert_false(printable_check(s("a\nb"), PRINTABLE_ONE_LINE, &chars));
	assert_false(printable_check(s("a\tb"), PRINTABLE_ONE_LINE, &chars));
	assert_int_equal(chars, 42);
}

static void cut(void **state)
{
	(void)state;
	assert_int_equal(printable_cut(s("Nội"), 10), 5);
	assert_int_equal(printable_cut(s("Nội"), 5), 5);
	assert_int_equal(printable_cut(s("Nội"), 4), 4);
	assert_int_equal(printable_cut(s("Nội"), 3), 1);
	assert_int_equal(printable_cut(s("Nội"), 2), 1);
	assert_int_equal(printable_cut(s("Nội"), 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_characters), cmocka_unit_test(refused), cmocka_unit_test(cut)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
