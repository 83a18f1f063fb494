/* test_keyring.c: keys from text and file, fixed results (what is stored must stay readable), refusals. */
#include "shared/crypto/keyring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/shared/crypto/keys.h"
#include "tests/unit/test.h"

/* Computed with Python's hmac module after RFC 5869: a change here would orphan every stored record. */
static void test_fixed_results(void **state)
{
	struct keyring *kr = keyring_load(KEY_A, NULL, NULL, NULL);
	char hex[HEX_SHA256_BYTES];

	(void)state;
	assert_non_null(kr);
	keyring_check_text(kr, hex);
	assert_string_equal(hex, "b7293181016f8c73c96aee513f57c7f91c7dd8bd0b5aa370433a34bf53514d27");
	keyring_provider_key_hmac(kr, SLICE_LIT("kiotproxy"), SLICE_LIT("K123"), hex);
	assert_string_equal(hex, "1be7dc7e61c8e4a7f321cd2396a19230071cd5f72b8bfc48f6ee0127c411b1e4");
	keyring_proxy_password_hash(kr, 7, SLICE_LIT("secret"), hex);
	assert_string_equal(hex, "46b201d604ea9ca005860a6151488eddd6bea714056ca8c4428fc8802a0565fa");
	keyring_free(kr);
}

static void test_separation(void **state)
{
	struct keyring *a = keyring_load(KEY_A, "", "", NULL), *b = keyring_load(KEY_B, NULL, KEY_A, NULL);
	char one[HEX_SHA256_BYTES], two[HEX_SHA256_BYTES];
	unsigned char ticket_a[KEYRING_KEY_BYTES], ticket_b[KEYRING_KEY_BYTES];

	(void)state;
	keyring_proxy_password_hash(a, 1, SLICE_LIT("x"), one);
	keyring_proxy_password_hash(a, 2, SLICE_LIT("x"), two);
	assert_string_not_equal(one, two); /* equal passwords do not look equal */
	keyring_proxy_password_hash(a, 12, SLICE_LIT("3"), one);
	keyring_proxy_password_hash(a, 1, SLICE_LIT("23"), two);
	assert_string_not_equal(one, two);
	keyring_provider_key_hmac(a, SLICE_LIT("12"), SLICE_LIT("3"), two);
	assert_string_not_equal(one, two); /* another label, another key */
	keyring_request_hmac(a, SLICE_LIT("12"), SLICE_LIT("3"), one);
	keyring_request_hmac(a, SLICE_LIT("1"), SLICE_LIT("23"), two);
	assert_string_not_equal(one, two);
	keyring_request_hmac(b, SLICE_LIT("12"), SLICE_LIT("3"), two);
	assert_string_not_equal(one, two); /* not a plain hash, which could be guessed at */
	keyring_check_text(a, one);
	keyring_previous_check_text(b, two);
	assert_string_equal(one, two);
	assert_true(keyring_has_previous(b));
	assert_false(keyring_has_previous(a));
	keyring_session_ticket_key(a, ticket_a);
	keyring_session_ticket_key(b, ticket_b);
	assert_memory_not_equal(ticket_a, ticket_b, sizeof(ticket_a));
	keyring_free(a);
	keyring_free(b);
	keyring_free(NULL);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_file(void **state)
{
	char path[] = "keyring-XXXXXX", one[HEX_SHA256_BYTES], two[HEX_SHA256_BYTES];
	struct keyring *kr = keyring_load(KEY_A, NULL, NULL, NULL);
	struct err err;

	(void)state;
	close(mkstemp(path));
	keyring_check_text(kr, one);
	keyring_free(kr);
	write_file(path, KEY_A "\n");
	kr = keyring_load(NULL, path, NULL, &err);
	assert_non_null(kr);
	keyring_check_text(kr, two);
	assert_string_equal(one, two);
	keyring_free(kr);
	write_file(path, "short");
	assert_null(keyring_load(NULL, path, NULL, &err));
	assert_null(strstr(err.msg, "short"));
	unlink(path);
	assert_null(keyring_load(NULL, path, NULL, &err));
	assert_non_null(strstr(err.msg, "No such file"));
}

static void test_refusals(void **state)
{
	static const char *const bad[] = {"c4n4ry", KEY_A "00",
		"0x0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		"g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"};
	struct err err;

	(void)state;
	assert_null(keyring_load(NULL, NULL, NULL, &err));
	assert_non_null(strstr(err.msg, "SECRET_KEY is unset"));
	assert_null(keyring_load(KEY_A, "/some/file", NULL, &err));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_null(keyring_load(bad[i], NULL, NULL, &err));
		assert_null(strstr(err.msg, bad[i]));
		assert_null(keyring_load(KEY_A, NULL, bad[i], &err));
		assert_non_null(strstr(err.msg, "SECRET_KEY_PREVIOUS"));
		assert_null(strstr(err.msg, bad[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed_results),
		cmocka_unit_test(test_separation),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
