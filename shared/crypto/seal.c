/* seal.c: see seal.h. Random nonces: under one key 2^32 seals keep the risk of a repeat below 2^-32; a fleet
 * of a million records that rotates all day makes far fewer (only changed passwords and keys are sealed). */
#include "shared/crypto/seal.h"

#include <stdint.h>
#include <string.h>

#include <openssl/crypto.h>

#include "shared/base/ensure.h"
#include "shared/crypto/aead.h"
#include "shared/crypto/base64.h"
#include "shared/crypto/keyring_keys.h"

static const struct slice version_prefix = SLICE_LIT("v1:");

bool seal(const struct keyring *kr, struct slice aad, struct slice plain, struct buf *out, struct err *err)
{
	struct buf raw;
	size_t raw_len = AEAD_NONCE_BYTES + plain.len + AEAD_TAG_BYTES, start = out->len;
	bool ok = false;

	ensure(aad.len > 0 && aad.len <= SEAL_MAX_PLAIN_BYTES);
	if (plain.len == 0)
		return true;
	if (plain.len > SEAL_MAX_PLAIN_BYTES)
		return err_set(err, ERR_LIMIT, "secret longer than %d bytes", SEAL_MAX_PLAIN_BYTES);
	buf_init(&raw, 0);
	if (!buf_reserve(&raw, raw_len) || !aead_encrypt(kr->seal, aad, plain, (uint8_t *)raw.data)) {
		err_set(err, ERR_INTERNAL, "OpenSSL cannot encrypt (AES-256-GCM)");
		goto out;
	}
	raw.len = raw_len;
	buf_append_slice(out, version_prefix);
	base64_encode(BASE64_URL, buf_slice(&raw), out);
	ok = !out->overflow;
	if (!ok) {
		out->len = start;
		err_set(err, ERR_LIMIT, "no room for a sealed secret");
	}
out:
	buf_done(&raw);
	return ok;
}

/* The nonce, ciphertext and tag of a sealed text. */
static bool decode_sealed(struct slice sealed, struct buf *raw, struct err *err)
{
	if (!slice_has_prefix(sealed, version_prefix))
		return err_set(err, ERR_INVALID, "not a sealed text of version v1");
	sealed = slice_from(sealed, version_prefix.len);
	if (sealed.len > SEAL_MAX_PLAIN_BYTES * 2 || !base64_decode(BASE64_URL, sealed, raw) ||
		raw->len <= AEAD_NONCE_BYTES + AEAD_TAG_BYTES)
		return err_set(err, ERR_INVALID, "malformed sealed text");
	return true;
}

bool unseal(const struct keyring *kr, struct slice aad, struct slice sealed, struct buf *out, struct err *err)
{
	struct buf raw;
	bool ok = false;

	if (sealed.len == 0)
		return true;
	buf_init(&raw, 0);
	if (!decode_sealed(sealed, &raw, err))
		goto out;
	size_t plain_len = raw.len - AEAD_NONCE_BYTES - AEAD_TAG_BYTES;
	if (!buf_reserve(out, plain_len)) {
		err_set(err, ERR_LIMIT, "no room for the secret");
		goto out;
	}
	uint8_t *dst = (uint8_t *)out->data + out->len;
	ok = aead_decrypt(kr->seal, aad, buf_slice(&raw), dst) ||
	     (kr->has_previous && aead_decrypt(kr->previous_seal, aad, buf_slice(&raw), dst));
	if (ok) {
		out->len += plain_len;
	} else {
		/* GCM writes plain text before it knows that the tag is wrong. */
		OPENSSL_cleanse(dst, plain_len);
		err_set(err, ERR_INVALID, "sealed text does not open: wrong key, wrong place, or damaged");
	}
out:
	buf_done(&raw);
	return ok;
}

void secret_wipe(struct buf *b)
{
	if (!b)
		return;
	if (b->data)
		OPENSSL_cleanse(b->data, b->cap);
	buf_done(b);
}
