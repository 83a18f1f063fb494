/* test_passphrase.c: what is sealed under a passphrase opens with it, with the same cost and beside the same
 * words only. */
#include "shared/crypto/passphrase.h"

#include <string.h>

#include "shared/crypto/seal.h"
#include "tests/unit/test.h"

#define PASSPHRASE SLICE_LIT("correct horse battery")
#define WORDS      SLICE_LIT("envelope")

/* Cheap ones: the cost of today is tried in the backup's own tests. */
static const struct passphrase_kdf cheap = {.n = 16, .r = 8, .p = 1, .salt = "0123456789abcde"};

static void assert_opens(const struct passphrase_kdf *kdf, struct slice passphrase, struct slice words,
	struct slice raw, bool want)
{
	struct err err = {0};
	struct buf plain;

	buf_init(&plain, 0);
	buf_append_str(&plain, "before ");
	assert_int_equal(passphrase_open(kdf, passphrase, words, raw, &plain, &err), want);
	assert_string_equal(buf_str(&plain), want ? "before secret" : "before ");
	secret_wipe(&plain);
}

static void round_trip_and_every_change(void **state)
{
	struct passphrase_kdf other = cheap;
	struct err err = {0};
	struct buf raw;

	(void)state;
	buf_init(&raw, 0);
	assert_true(passphrase_seal(&cheap, PASSPHRASE, WORDS, SLICE_LIT("secret"), &raw, &err));
	assert_opens(&cheap, PASSPHRASE, WORDS, buf_slice(&raw), true);
	assert_opens(&cheap, SLICE_LIT("correct horse batteri"), WORDS, buf_slice(&raw), false);
	assert_opens(&cheap, PASSPHRASE, SLICE_LIT("Envelope"), buf_slice(&raw), false);
	other.salt[0] ^= 1;
	assert_opens(&other, PASSPHRASE, WORDS, buf_slice(&raw), false);
	other = cheap;
	other.n = 32;
	assert_opens(&other, PASSPHRASE, WORDS, buf_slice(&raw), false);
	for (size_t i = 0; i < raw.len; i++) {
		raw.data[i] ^= 0x40;
		assert_opens(&cheap, PASSPHRASE, WORDS, buf_slice(&raw), false);
		raw.data[i] ^= 0x40;
	}
	for (size_t len = 0; len < raw.len; len++)
		assert_opens(&cheap, PASSPHRASE, WORDS, slice_of(raw.data, len), false);
	assert_opens(&cheap, PASSPHRASE, WORDS, buf_slice(&raw), true);
	buf_done(&raw);
}

static void no_two_are_alike(void **state)
{
	struct passphrase_kdf one = passphrase_kdf_new(), two = passphrase_kdf_new();
	struct err err = {0};
	struct buf a, b;

	(void)state;
	assert_memory_not_equal(one.salt, two.salt, sizeof(one.salt));
	buf_init(&a, 0);
	buf_init(&b, 0);
	assert_true(passphrase_seal(&cheap, PASSPHRASE, WORDS, SLICE_LIT("secret"), &a, &err));
	assert_true(passphrase_seal(&cheap, PASSPHRASE, WORDS, SLICE_LIT("secret"), &b, &err));
	assert_int_equal(a.len, b.len);
	assert_memory_not_equal(a.data, b.data, a.len);
	buf_done(&a);
	buf_done(&b);
}

static void costs_that_nobody_pays(void **state)
{
	static const struct passphrase_kdf bad[] = {{.n = 0, .r = 8, .p = 1}, {.n = 1, .r = 8, .p = 1},
		{.n = 3, .r = 8, .p = 1}, {.n = 16, .r = 0, .p = 1}, {.n = 16, .r = 8, .p = 0},
		{.n = 16, .r = 8, .p = 17}, {.n = 1u << 31, .r = 8, .p = 1},
		{.n = 2, .r = UINT32_MAX, .p = 1}};
	struct err err;
	struct buf raw;

	(void)state;
	buf_init(&raw, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(passphrase_seal(&bad[i], PASSPHRASE, WORDS, SLICE_LIT("x"), &raw, &err));
		assert_int_equal(err.code, ERR_LIMIT);
	}
	assert_false(passphrase_seal(&cheap, SLICE_LIT("elevenchars"), WORDS, SLICE_LIT("x"), &raw, &err));
	assert_int_equal(err.code, ERR_INVALID);
	assert_int_equal(raw.len, 0);
	buf_done(&raw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip_and_every_change),
		cmocka_unit_test(no_two_are_alike),
		cmocka_unit_test(costs_that_nobody_pays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
