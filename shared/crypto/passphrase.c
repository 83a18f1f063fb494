/* passphrase.c: see passphrase.h. */
#include "shared/crypto/passphrase.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "shared/crypto/aead.h"
#include "shared/crypto/random.h"

enum { SCRYPT_N = 32768, SCRYPT_R = 8, SCRYPT_P = 1, SCRYPT_P_MAX = 16 };
#define SCRYPT_MEMORY_MAX_BYTES (256ull * 1024 * 1024)

struct passphrase_kdf passphrase_kdf_new(void)
{
	struct passphrase_kdf kdf = {.n = SCRYPT_N, .r = SCRYPT_R, .p = SCRYPT_P};

	random_bytes(kdf.salt, sizeof(kdf.salt));
	return kdf;
}

/* Parameters come with a document from outside: they must not make us work for hours. */
static bool is_affordable(const struct passphrase_kdf *kdf)
{
	return kdf->n >= 2 && (kdf->n & (kdf->n - 1)) == 0 && kdf->r >= 1 && kdf->p >= 1 &&
	       kdf->p <= SCRYPT_P_MAX && 128ull * kdf->n * kdf->r <= SCRYPT_MEMORY_MAX_BYTES;
}

static bool stretch(
	const struct passphrase_kdf *kdf, struct slice passphrase, uint8_t ret_key[AEAD_KEY_BYTES])
{
	uint64_t n = kdf->n,
		 memory_max = 2 * SCRYPT_MEMORY_MAX_BYTES; /* OpenSSL counts a little more than the blocks */
	uint32_t r = kdf->r, p = kdf->p;
	EVP_KDF_CTX *ctx = NULL;
	EVP_KDF *scrypt = EVP_KDF_fetch(NULL, "SCRYPT", NULL);
	bool ok = false;

	if (!scrypt)
		goto out;
	ctx = EVP_KDF_CTX_new(scrypt);
	if (!ctx)
		goto out;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_PASSWORD, (void *)(uintptr_t)passphrase.data, passphrase.len),
		OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)kdf->salt, sizeof(kdf->salt)),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
		OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
		OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory_max),
		OSSL_PARAM_construct_end(),
	};
	ok = EVP_KDF_derive(ctx, ret_key, AEAD_KEY_BYTES, params) == 1;
out:
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(scrypt);
	return ok;
}

/* The key, or why there is none. */
static bool key_of(const struct passphrase_kdf *kdf, struct slice passphrase, uint8_t ret_key[AEAD_KEY_BYTES],
	struct err *err)
{
	if (passphrase.len < PASSPHRASE_MIN_BYTES || passphrase.len > PASSPHRASE_MAX_BYTES)
		return err_set(err, ERR_INVALID, "a passphrase has %d to %d bytes", PASSPHRASE_MIN_BYTES,
			PASSPHRASE_MAX_BYTES);
	if (!is_affordable(kdf))
		return err_set(err, ERR_LIMIT,
			"the passphrase was stretched by other means than this version knows");
	return stretch(kdf, passphrase, ret_key) ||
	       err_set(err, ERR_INTERNAL, "OpenSSL cannot stretch a passphrase (scrypt)");
}

bool passphrase_seal(const struct passphrase_kdf *kdf, struct slice passphrase, struct slice aad,
	struct slice plain, struct buf *out, struct err *err)
{
	size_t raw_len = AEAD_NONCE_BYTES + plain.len + AEAD_TAG_BYTES;
	uint8_t key[AEAD_KEY_BYTES];
	bool ok = false;

	if (!key_of(kdf, passphrase, key, err))
		return false;
	if (plain.len > INT32_MAX || !buf_reserve(out, raw_len))
		err_set(err, ERR_LIMIT, "no room to seal %zu bytes", plain.len);
	else if (!aead_encrypt(key, aad, plain, (uint8_t *)out->data + out->len))
		err_set(err, ERR_INTERNAL, "OpenSSL cannot encrypt (AES-256-GCM)");
	else
		ok = true;
	if (ok)
		out->len += raw_len;
	OPENSSL_cleanse(key, sizeof(key));
	return ok;
}

bool passphrase_open(const struct passphrase_kdf *kdf, struct slice passphrase, struct slice aad,
	struct slice raw, struct buf *out, struct err *err)
{
	uint8_t key[AEAD_KEY_BYTES];
	bool ok = false;

	if (raw.len <= AEAD_NONCE_BYTES + AEAD_TAG_BYTES || raw.len > INT32_MAX)
		return err_set(err, ERR_INVALID, "nothing is sealed in it");
	if (!key_of(kdf, passphrase, key, err))
		return false;
	size_t plain_len = raw.len - AEAD_NONCE_BYTES - AEAD_TAG_BYTES;
	if (!buf_reserve(out, plain_len)) {
		err_set(err, ERR_LIMIT, "no room for %zu bytes", plain_len);
	} else {
		uint8_t *dst = (uint8_t *)out->data + out->len;
		ok = aead_decrypt(key, aad, raw, dst);
		if (ok) {
			out->len += plain_len;
		} else {
			OPENSSL_cleanse(dst, plain_len);
			err_set(err, ERR_INVALID, "the passphrase is wrong, or the sealed text was changed");
		}
	}
	OPENSSL_cleanse(key, sizeof(key));
	return ok;
}
