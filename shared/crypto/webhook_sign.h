/*
 * webhook_sign.h: signatures of webhooks as the Standard Webhooks convention has them: HMAC-SHA256 over
 * "<id>.<timestamp>.<body>", so that receivers can use any library that knows it.
 */
#ifndef KP_CRYPTO_WEBHOOK_SIGN_H
#define KP_CRYPTO_WEBHOOK_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

/* "whsec_" and 32 bytes in base64; "v1," and a digest in base64; a NUL each. */
enum { WEBHOOK_SECRET_BYTES = 51, WEBHOOK_SIGNATURE_BYTES = 48 };

/* A new secret of 256 random bits, as text. */
void webhook_secret_generate(char ret_text[WEBHOOK_SECRET_BYTES]);

/* timestamp_s: epoch seconds, as sent beside it. False when `secret` is no "whsec_…" of at least 24 bytes. */
bool webhook_sign(struct slice secret, struct slice id, int64_t timestamp_s, struct slice body,
	char ret_text[WEBHOOK_SIGNATURE_BYTES]) MUST_CHECK;

#endif
