/* test_mask.c: how keys are shown. */
#include "tests/unit/shared/model/unit.h"

#include "shared/model/mask.h"

static void keys(void **state)
{
	char dst[MASK_TEXT_BYTES];

	(void)state;
	mask_key(s("K6fa3db6aaaaaaaaaaaaaaaaaaaaaa4a77ce"), dst);
	assert_string_equal(dst, "K6fa3db6…4a77ce");
	mask_key(s("abcdefghijklmnopqrstuvwx"), dst); /* 24 */
	assert_string_equal(dst, "abcdefgh…stuvwx");
	mask_key(s("abcdefghijklmnopqrstuvw"), dst); /* 23 */
	assert_string_equal(dst, "ab…");
	mask_key(s("a"), dst);
	assert_string_equal(dst, "a…");
	mask_key(s(""), dst);
	assert_string_equal(dst, "");
	mask_key(SLICE_NONE, dst);
	assert_string_equal(dst, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(keys)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
