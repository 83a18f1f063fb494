/* test_token.c: FIPS 180 vectors, token shape, strict hex. */
#include "shared/crypto/token.h"

#include <string.h>

#include "tests/unit/test.h"

static void test_sha256(void **state)
{
	char hex[SHA256_HEX_BYTES];

	(void)state;
	sha256_hex(SLICE_LIT("abc"), hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	token_hash(SLICE_NONE, hex);
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void test_generate(void **state)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	char a[TOKEN_TEXT_BYTES], b[TOKEN_TEXT_BYTES];

	(void)state;
	token_generate(a);
	token_generate(b);
	assert_int_equal(strlen(a), 43);
	assert_int_equal(strspn(a, alphabet), 43);
	assert_string_not_equal(a, b);
}

static void test_hex(void **state)
{
	unsigned char bytes[2] = {9, 9};
	char text[5];

	(void)state;
	assert_true(hex_decode(SLICE_LIT("0fFf"), bytes, 2));
	hex_encode(bytes, 2, text);
	assert_string_equal(text, "0fff");
	assert_false(hex_decode(SLICE_LIT("0ff"), bytes, 2));
	assert_false(hex_decode(SLICE_LIT("0fff0"), bytes, 2));
	assert_false(hex_decode(SLICE_LIT("0g00"), bytes, 2));
	assert_false(hex_decode(SLICE_LIT("0x00"), bytes, 2));
	assert_int_equal(bytes[0], 0x0f); /* untouched on failure */
}

static void test_constant_time(void **state)
{
	(void)state;
	assert_true(constant_time_eq("abc", "abc", 3));
	assert_false(constant_time_eq("abc", "abd", 3));
	assert_true(constant_time_eq_slice(SLICE_NONE, SLICE_LIT("")));
	assert_false(constant_time_eq_slice(SLICE_LIT("a"), SLICE_LIT("ab")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_generate),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_constant_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
