/* test_slice.c: slices at their edges: empty, NULL, overlapping outputs, numbers at their limits. */
#include "shared/base/slice.h"

#include <string.h>

#include "tests/unit/test.h"

static void test_compare(void **state)
{
	(void)state;
	assert_true(slice_eq(SLICE_NONE, SLICE_LIT("")));
	assert_true(slice_eq_str(SLICE_LIT("ab"), "ab"));
	assert_false(slice_eq_str(SLICE_LIT("ab"), "abc"));
	assert_true(slice_eq_icase(SLICE_LIT("aB-[`"), SLICE_LIT("Ab-[`")));
	assert_false(slice_eq_icase(SLICE_LIT("["), SLICE_LIT("{"))); /* 0x20 apart, but no letters */
	assert_false(slice_eq_icase(SLICE_LIT("@"), SLICE_LIT("`")));
	assert_true(slice_has_prefix(SLICE_LIT("abc"), SLICE_LIT("")));
	assert_true(slice_has_prefix(SLICE_LIT("abc"), SLICE_LIT("abc")));
	assert_false(slice_has_prefix(SLICE_LIT("ab"), SLICE_LIT("abc")));
	assert_true(slice_has_suffix(SLICE_LIT("abc"), SLICE_LIT("bc")));
	assert_true(slice_has_suffix(SLICE_NONE, SLICE_NONE));
	assert_false(slice_has_suffix(SLICE_LIT("c"), SLICE_LIT("bc")));
}

static void test_cut(void **state)
{
	struct slice head, tail, s = SLICE_LIT("a,,b");

	(void)state;
	assert_true(slice_cut(s, ',', &head, &s));
	assert_true(slice_eq_str(head, "a"));
	assert_true(slice_cut(s, ',', &head, &s));
	assert_int_equal(head.len, 0);
	assert_false(slice_cut(s, ',', &head, &s));
	assert_true(slice_eq_str(head, "b"));
	assert_int_equal(s.len, 0);
	assert_false(slice_cut(SLICE_NONE, ',', &head, &tail));
	assert_null(head.data);
	assert_null(tail.data);
}

static void test_from_and_trim(void **state)
{
	(void)state;
	assert_true(slice_eq_str(slice_from(SLICE_LIT("abc"), 1), "bc"));
	assert_int_equal(slice_from(SLICE_LIT("abc"), 9).len, 0);
	assert_null(slice_from(SLICE_NONE, 3).data);
	assert_true(slice_eq_str(slice_trim(SLICE_LIT(" \ta b \n"), " \t\n"), "a b"));
	assert_int_equal(slice_trim(SLICE_LIT("   "), " ").len, 0);
	/* strchr() finds the NUL at the end of the set: it must not be taken for a blank. */
	assert_int_equal(slice_trim(SLICE_LIT("\0a\0"), " ").len, 3);
}

static void test_numbers(void **state)
{
	static const char *const bad_u64[] = {
		"", " 1", "1 ", "+1", "-1", "0x1", "1.0", "18446744073709551616", "9a"};
	static const char *const bad_i64[] = {
		"", "-", "--1", "9223372036854775808", "-9223372036854775809", "+0"};
	uint64_t u = 7;
	uint32_t u32 = 7;
	int64_t i = 7;

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(bad_u64); k++)
		assert_false(slice_parse_u64(slice_from_str(bad_u64[k]), &u));
	for (size_t k = 0; k < ARRAY_LEN(bad_i64); k++)
		assert_false(slice_parse_i64(slice_from_str(bad_i64[k]), &i));
	assert_int_equal(u, 7); /* untouched on failure */
	assert_int_equal(i, 7);
	assert_true(slice_parse_u64(SLICE_LIT("18446744073709551615"), &u));
	assert_true(u == UINT64_MAX);
	assert_true(slice_parse_u32(SLICE_LIT("4294967295"), UINT32_MAX, &u32));
	assert_false(slice_parse_u32(SLICE_LIT("4294967296"), UINT32_MAX, &u32));
	assert_false(slice_parse_u32(SLICE_LIT("11"), 10, &u32));
	assert_true(slice_parse_i64(SLICE_LIT("-9223372036854775808"), &i));
	assert_true(i == INT64_MIN);
	assert_true(slice_parse_i64(SLICE_LIT("9223372036854775807"), &i));
	assert_true(i == INT64_MAX);
}

static void test_copy(void **state)
{
	char dst[4];

	(void)state;
	assert_true(slice_copy(SLICE_LIT("abc"), dst, sizeof(dst)));
	assert_string_equal(dst, "abc");
	assert_false(slice_copy(SLICE_LIT("abcd"), dst, sizeof(dst)));
	assert_false(slice_copy(SLICE_LIT("a\0b"), dst, sizeof(dst)));
	assert_true(slice_copy(SLICE_NONE, dst, sizeof(dst)));
	assert_string_equal(dst, "");
	assert_false(slice_copy(SLICE_NONE, dst, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_from_and_trim),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
