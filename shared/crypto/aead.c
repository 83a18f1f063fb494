/* aead.c: see aead.h. */
#include "shared/crypto/aead.h"

#include <string.h>

#include <openssl/evp.h>

#include "shared/crypto/random.h"

bool aead_encrypt(const uint8_t key[AEAD_KEY_BYTES], struct slice aad, struct slice plain, uint8_t *dst)
{
	uint8_t *text = dst + AEAD_NONCE_BYTES;
	int len = 0, tail = 0;
	bool ok = false;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	random_bytes(dst, AEAD_NONCE_BYTES);
	if (!ctx || EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, dst) != 1)
		goto out;
	if (EVP_EncryptUpdate(ctx, NULL, &len, (const uint8_t *)aad.data, (int)aad.len) != 1)
		goto out;
	if (EVP_EncryptUpdate(ctx, text, &len, (const uint8_t *)plain.data, (int)plain.len) != 1)
		goto out;
	if (EVP_EncryptFinal_ex(ctx, text + len, &tail) != 1 || (size_t)len + (size_t)tail != plain.len)
		goto out;
	ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, AEAD_TAG_BYTES, text + plain.len) == 1;
out:
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

bool aead_decrypt(const uint8_t key[AEAD_KEY_BYTES], struct slice aad, struct slice raw, uint8_t *dst)
{
	const uint8_t *nonce = (const uint8_t *)raw.data;
	size_t text_len = raw.len - AEAD_NONCE_BYTES - AEAD_TAG_BYTES;
	uint8_t tag[AEAD_TAG_BYTES];
	int len = 0, tail = 0;
	bool ok = false;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	memcpy(tag, raw.data + raw.len - AEAD_TAG_BYTES, AEAD_TAG_BYTES);
	if (!ctx || EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce) != 1)
		goto out;
	if (EVP_DecryptUpdate(ctx, NULL, &len, (const uint8_t *)aad.data, (int)aad.len) != 1)
		goto out;
	if (EVP_DecryptUpdate(ctx, dst, &len, nonce + AEAD_NONCE_BYTES, (int)text_len) != 1)
		goto out;
	if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, AEAD_TAG_BYTES, tag) != 1)
		goto out;
	ok = EVP_DecryptFinal_ex(ctx, dst + len, &tail) == 1 && (size_t)len + (size_t)tail == text_len;
out:
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}
