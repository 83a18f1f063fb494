/* test_base64.c: RFC 4648's vectors, both alphabets, and that only the canonical text decodes. */
#include "shared/crypto/base64.h"

#include <string.h>

#include "tests/unit/test.h"

static void test_vectors(void **state)
{
	static const char *const cases[][3] = {{"", "", ""}, {"f", "Zg==", "Zg"}, {"fo", "Zm8=", "Zm8"},
		{"foo", "Zm9v", "Zm9v"}, {"foob", "Zm9vYg==", "Zm9vYg"}, {"fooba", "Zm9vYmE=", "Zm9vYmE"},
		{"foobar", "Zm9vYmFy", "Zm9vYmFy"}, {"\xfb\xff\xfe", "+//+", "-__-"}};
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (int k = 1; k <= 2; k++) {
			enum base64_kind kind = k == 1 ? BASE64_STANDARD : BASE64_URL;
			buf_clear(&b);
			base64_encode(kind, slice_from_str(cases[i][0]), &b);
			assert_string_equal(buf_str(&b), cases[i][k]);
			buf_clear(&b);
			assert_true(base64_decode(kind, slice_from_str(cases[i][k]), &b));
			assert_true(slice_eq_str(buf_slice(&b), cases[i][0]));
		}
	}
	buf_done(&b);
}

static void test_refused(void **state)
{
	static const char *const standard[] = {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zg==\n",
		" Zg==", "Zm9v=", "====", "=", "Z===", "Zg==Zg==", "-__-", "Zm 9", "Zm9vZg=a"};
	static const char *const url[] = {
		"Z", "Zh", "Zm9", "Zg==", "+//+", "Zm9v\n", "Zm9vY", "Zg=", "Z\xc3\xa9"};
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_append_str(&b, "kept");
	for (size_t i = 0; i < ARRAY_LEN(standard); i++)
		if (base64_decode(BASE64_STANDARD, slice_from_str(standard[i]), &b))
			fail_msg("decoded %s", standard[i]);
	for (size_t i = 0; i < ARRAY_LEN(url); i++)
		if (base64_decode(BASE64_URL, slice_from_str(url[i]), &b))
			fail_msg("decoded %s", url[i]);
	assert_string_equal(buf_str(&b), "kept");
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors), cmocka_unit_test(test_refused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
