/* test_seal.c: what is sealed opens in its place only, with its key only, and never when a bit is changed. */
#include "shared/crypto/seal.h"

#include <string.h>

#include "shared/crypto/base64.h"
#include "shared/crypto/keyring.h"
#include "tests/unit/shared/crypto/keys.h"
#include "tests/unit/test.h"

#define PLACE SLICE_LIT("proxy:7:password")

struct fixture {
	struct keyring *kr;
	struct buf sealed, plain;
};

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){.kr = keyring_load(KEY_A, NULL, NULL, NULL)};
	*state = &f;
	return f.kr ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	buf_done(&f->sealed);
	secret_wipe(&f->plain);
	secret_wipe(NULL);
	keyring_free(f->kr);
	return 0;
}

static void test_round_trip(void **state)
{
	struct fixture *f = *state;
	char text[301];

	memset(text, 'x', sizeof(text));
	for (size_t len = 0; len <= 300; len++) {
		buf_clear(&f->sealed);
		buf_clear(&f->plain);
		assert_true(seal(f->kr, PLACE, slice_of(text, len), &f->sealed, NULL));
		assert_int_equal(f->sealed.len, len == 0 ? 0 : 3 + ((12 + len + 16) * 4 + 2) / 3);
		assert_true(unseal(f->kr, PLACE, buf_slice(&f->sealed), &f->plain, NULL));
		assert_true(slice_eq(buf_slice(&f->plain), slice_of(text, len)));
	}
}

static void test_nonce_is_fresh(void **state)
{
	struct fixture *f = *state;

	assert_true(seal(f->kr, PLACE, SLICE_LIT("same"), &f->sealed, NULL));
	assert_true(seal(f->kr, PLACE, SLICE_LIT("same"), &f->plain, NULL));
	assert_false(slice_eq(buf_slice(&f->sealed), buf_slice(&f->plain)));
}

static void test_place_and_key(void **state)
{
	struct fixture *f = *state;
	struct keyring *other = keyring_load(KEY_B, NULL, NULL, NULL);
	struct keyring *successor = keyring_load(KEY_B, NULL, KEY_A, NULL);
	struct err err;

	assert_true(seal(f->kr, PLACE, SLICE_LIT("hidden"), &f->sealed, NULL));
	buf_append_str(&f->plain, "kept");
	assert_false(unseal(f->kr, SLICE_LIT("proxy:8:password"), buf_slice(&f->sealed), &f->plain, &err));
	assert_int_equal(err.code, ERR_INVALID);
	assert_false(unseal(other, PLACE, buf_slice(&f->sealed), &f->plain, &err));
	assert_string_equal(buf_str(&f->plain), "kept");
	assert_true(unseal(successor, PLACE, buf_slice(&f->sealed), &f->plain, &err));
	assert_string_equal(buf_str(&f->plain), "kepthidden");
	buf_clear(&f->sealed); /* the previous key makes no seals: its successor's do not open with it */
	assert_true(seal(successor, PLACE, SLICE_LIT("new"), &f->sealed, NULL));
	assert_false(unseal(f->kr, PLACE, buf_slice(&f->sealed), &f->plain, NULL));
	keyring_free(other);
	keyring_free(successor);
}

/* Every bit of nonce, ciphertext and tag; every shorter text. */
static void test_damage(void **state)
{
	struct fixture *f = *state;
	struct buf raw, damaged;

	buf_init(&raw, 0);
	buf_init(&damaged, 0);
	assert_true(seal(f->kr, PLACE, SLICE_LIT("hidden"), &f->sealed, NULL));
	assert_true(base64_decode(BASE64_URL, slice_from(buf_slice(&f->sealed), 3), &raw));
	for (size_t bit = 0; bit < raw.len * 8; bit++) {
		raw.data[bit / 8] ^= (char)(1 << (bit % 8));
		buf_clear(&damaged);
		buf_append_str(&damaged, "v1:");
		base64_encode(BASE64_URL, buf_slice(&raw), &damaged);
		raw.data[bit / 8] ^= (char)(1 << (bit % 8));
		assert_false(unseal(f->kr, PLACE, buf_slice(&damaged), &f->plain, NULL));
	}
	for (size_t len = 1; len < f->sealed.len; len++)
		assert_false(unseal(f->kr, PLACE, slice_of(f->sealed.data, len), &f->plain, NULL));
	assert_int_equal(f->plain.len, 0);
	buf_done(&raw);
	buf_done(&damaged);
}

static void test_limits(void **state)
{
	static char large[SEAL_MAX_PLAIN_BYTES + 1];
	struct fixture *f = *state;
	struct err err;

	memset(large, 'x', sizeof(large));
	assert_false(seal(f->kr, PLACE, slice_of(large, sizeof(large)), &f->sealed, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	assert_true(seal(f->kr, PLACE, slice_of(large, sizeof(large) - 1), &f->sealed, &err));
	assert_true(unseal(f->kr, PLACE, buf_slice(&f->sealed), &f->plain, &err));
	assert_int_equal(f->plain.len, SEAL_MAX_PLAIN_BYTES);
	assert_false(unseal(f->kr, PLACE, SLICE_LIT("v2:AAAA"), &f->plain, &err));
	assert_false(unseal(f->kr, PLACE, SLICE_LIT("plain text"), &f->plain, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nonce_is_fresh, setup, teardown),
		cmocka_unit_test_setup_teardown(test_place_and_key, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
