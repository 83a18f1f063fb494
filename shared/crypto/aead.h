/* aead.h: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce, for seal.c and passphrase.c only. */
#ifndef KP_CRYPTO_AEAD_H
#define KP_CRYPTO_AEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

enum { AEAD_KEY_BYTES = 32, AEAD_NONCE_BYTES = 12, AEAD_TAG_BYTES = 16 };

/* The raw bytes: nonce, ciphertext, tag. `dst` has room for AEAD_NONCE_BYTES + plain.len + AEAD_TAG_BYTES. */
bool aead_encrypt(
	const uint8_t key[AEAD_KEY_BYTES], struct slice aad, struct slice plain, uint8_t *dst) MUST_CHECK;

/* `raw` as aead_encrypt() makes it, longer than nonce and tag; `dst` has room for the plain text. False:
 * wrong key, wrong aad or damaged, and `dst` holds plain text all the same, which the caller wipes. */
bool aead_decrypt(
	const uint8_t key[AEAD_KEY_BYTES], struct slice aad, struct slice raw, uint8_t *dst) MUST_CHECK;

#endif
