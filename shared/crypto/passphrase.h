/*
 * passphrase.h: large texts sealed under a passphrase, for what leaves the fleet (backups): scrypt (RFC 7914)
 * stretches it, AES-256-GCM seals. Takes 0.1 s and 32 MiB on purpose: never on an event loop. Reentrant.
 */
#ifndef KP_CRYPTO_PASSPHRASE_H
#define KP_CRYPTO_PASSPHRASE_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/slice.h"

enum { PASSPHRASE_MIN_BYTES = 12, PASSPHRASE_MAX_BYTES = 1024, PASSPHRASE_SALT_BYTES = 16 };

/* How the key was made of the passphrase: stored beside what it seals. */
struct passphrase_kdf {
	uint32_t n, r, p; /* scrypt's cost, block size, parallelism */
	uint8_t salt[PASSPHRASE_SALT_BYTES];
};

/* Today's cost, and a fresh salt. */
struct passphrase_kdf passphrase_kdf_new(void);

/* Appends nonce, ciphertext and tag as raw bytes. */
bool passphrase_seal(const struct passphrase_kdf *kdf, struct slice passphrase, struct slice aad,
	struct slice plain, struct buf *out, struct err *err) MUST_CHECK;

/* Appends the plain text. ERR_INVALID: the passphrase is wrong, or something was changed; nothing can tell
 * which. ERR_LIMIT: the cost is more than this node will pay (256 MiB). On failure `out` is as it was. */
bool passphrase_open(const struct passphrase_kdf *kdf, struct slice passphrase, struct slice aad,
	struct slice raw, struct buf *out, struct err *err) MUST_CHECK;

#endif
