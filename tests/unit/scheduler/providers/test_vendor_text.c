/* test_vendor_text.c: copying, numbers in sentences, addresses. */
#include "scheduler/providers/vendor_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void copies_end_on_a_character(void **state)
{
	char dst[6];

	(void)state;
	vendor_text_copy(SLICE_LIT("abcdé"), SLICE_NONE, dst, sizeof(dst));
	assert_string_equal(dst, "abcd"); /* é has two bytes, and one goes to the NUL */
	vendor_text_copy(SLICE_LIT("abcde"), SLICE_NONE, dst, sizeof(dst));
	assert_string_equal(dst, "abcde");
	vendor_text_copy(SLICE_LIT("\xff\xc3"), SLICE_NONE, dst, sizeof(dst));
	assert_string_equal(dst, "  ");
	vendor_text_copy(SLICE_NONE, SLICE_NONE, dst, sizeof(dst));
	assert_string_equal(dst, "");
}

static void secrets_are_masked_wherever_they_stand(void **state)
{
	char dst[64];

	(void)state;
	vendor_text_copy(SLICE_LIT("KK1x K1K1 é"), SLICE_LIT("K1"), dst, sizeof(dst));
	assert_string_equal(dst, "K***x ****** é");
}

static void finds_numbers_in_sentences(void **state)
{
	uint64_t n = 0;

	(void)state;
	assert_true(vendor_text_number(SLICE_LIT("đổi sau khi trả, sau 45 giây"), "sau ", " giây", &n));
	assert_int_equal(n, 45);
	assert_true(vendor_text_number(SLICE_LIT("SAU 5s"), "sau ", "s", &n));
	assert_int_equal(n, 5);
	assert_false(vendor_text_number(SLICE_LIT("sau 45 phút"), "sau ", " giây", &n));
	assert_false(vendor_text_number(SLICE_LIT("sau "), "sau ", " giây", &n));
	assert_false(vendor_text_number(SLICE_LIT("sau 45"), "sau ", " giây", &n));
	assert_false(vendor_text_number(SLICE_LIT("sau 99999999999999999999 giây"), "sau ", " giây", &n));
	assert_false(vendor_text_number(SLICE_NONE, "sau ", " giây", &n));
}

static void reads_addresses_strictly(void **state)
{
	struct vendor_upstream up;
	char text[PROVIDER_ADDRESS_BYTES];
	struct err err;

	(void)state;
	assert_true(vendor_upstream_read(SLICE_LIT("[2402:800::1]:8080"), ADDRESS_PUBLIC_ONLY, &up, &err));
	vendor_upstream_text(&up, text);
	assert_string_equal(text, "[2402:800::1]:8080");
	assert_true(vendor_upstream_read(SLICE_LIT("1.2.3.4:5:u:"), ADDRESS_PUBLIC_ONLY, &up, &err));
	assert_int_equal(up.user.len, 1);
	assert_int_equal(up.pass.len, 0);
	assert_false(vendor_upstream_read(SLICE_LIT("1.2.3.4:5:u u:p"), ADDRESS_PUBLIC_ONLY, &up, &err));
	assert_false(vendor_upstream_read(SLICE_NONE, ADDRESS_PUBLIC_ONLY, &up, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_end_on_a_character),
		cmocka_unit_test(secrets_are_masked_wherever_they_stand),
		cmocka_unit_test(finds_numbers_in_sentences),
		cmocka_unit_test(reads_addresses_strictly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
