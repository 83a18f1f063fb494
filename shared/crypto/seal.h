/*
 * seal.h: secrets at rest. AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce under a key of the
 * keyring; the AAD names the place (`proxy:7:password`), so that a sealed text moved elsewhere does not open.
 */
#ifndef KP_CRYPTO_SEAL_H
#define KP_CRYPTO_SEAL_H

#include <stdbool.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/slice.h"

struct keyring;

/* Fields are short; the kept answer to a call for 10,000 proxies (idempotency.c) is not. */
enum { SEAL_MAX_PLAIN_BYTES = 4 * 1024 * 1024 };

/* Appends "v1:" + base64url(nonce || ciphertext || tag) to `out`. Empty plain text seals to empty text;
 * ERR_LIMIT above SEAL_MAX_PLAIN_BYTES. */
bool seal(const struct keyring *kr, struct slice aad, struct slice plain, struct buf *out,
	struct err *err) MUST_CHECK;

/* Appends the plain text; tries the previous key too. On failure `out` is as it was. The caller wipes `out`
 * (secret_wipe) when done with it. */
bool unseal(const struct keyring *kr, struct slice aad, struct slice sealed, struct buf *out,
	struct err *err) MUST_CHECK;

/* Empties a buf that held a secret, overwriting the bytes first. */
void secret_wipe(struct buf *b);

#endif
