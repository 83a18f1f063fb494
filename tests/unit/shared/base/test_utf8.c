/* test_utf8.c: RFC 3629 at its borders. */
#include "shared/base/utf8.h"

#include <string.h>

#include "tests/unit/test.h"

static void test_borders(void **state)
{
	static const struct {
		const char *bytes;
		size_t len; /* 0: ill-formed */
	} cases[] = {
		{"\x01", 1},
		{"\x7f", 1},
		{"\x80", 0},
		{"\xbf", 0},
		{"\xc0\x80", 0},
		{"\xc1\xbf", 0},
		{"\xc2\x80", 2},
		{"\xdf\xbf", 2},
		{"\xc2", 0},
		{"\xc2\x41", 0},
		{"\xe0\x9f\xbf", 0},
		{"\xe0\xa0\x80", 3},
		{"\xed\x9f\xbf", 3},
		{"\xed\xa0\x80", 0},
		{"\xed\xbf\xbf", 0},
		{"\xee\x80\x80", 3},
		{"\xef\xbf\xbf", 3},
		{"\xe1\x80", 0},
		{"\xe1\x80\xc0", 0},
		{"\xf0\x8f\xbf\xbf", 0},
		{"\xf0\x90\x80\x80", 4},
		{"\xf4\x8f\xbf\xbf", 4},
		{"\xf4\x90\x80\x80", 0},
		{"\xf5\x80\x80\x80", 0},
		{"\xff", 0},
		{"\xf0\x90\x80", 0},
		{"\xf8\x88\x80\x80\x80", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(utf8_char_bytes(slice_from_str(cases[i].bytes)), cases[i].len);
		assert_int_equal(utf8_is_valid(slice_from_str(cases[i].bytes)), cases[i].len > 0);
	}
	assert_int_equal(utf8_char_bytes(SLICE_NONE), 0);
	assert_true(utf8_is_valid(SLICE_NONE));
	assert_true(utf8_is_valid(SLICE_LIT("Việt Nam \xf0\x9f\x87\xbb")));
	assert_false(utf8_is_valid(SLICE_LIT("ok\xc3")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_borders)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
