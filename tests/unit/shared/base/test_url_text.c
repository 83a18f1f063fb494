/* test_url_text.c: every byte, and back. */
#include "shared/base/url_text.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

static void test_every_byte(void **state)
{
	static const char UNRESERVED[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	struct buf out;

	(void)state;
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;
		buf_init(&out, 0);
		url_encode(&out, slice_of(&byte, 1));
		if (c != 0 && strchr(UNRESERVED, c)) {
			assert_int_equal(out.len, 1);
			assert_int_equal(out.data[0], byte);
		} else {
			assert_int_equal(out.len, 3);
			assert_int_equal(out.data[0], '%');
			assert_int_equal(strtol(buf_str(&out) + 1, NULL, 16), c);
		}
		buf_done(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_byte)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
