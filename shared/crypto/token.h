/* token.h: session and API tokens, plain SHA-256, and comparison in constant time. */
#ifndef KP_CRYPTO_TOKEN_H
#define KP_CRYPTO_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/slice.h"

#define API_TOKEN_PREFIX "kp_" /* a leaked API token is told by it: by people, and by scanners of sources */

enum {
	TOKEN_TEXT_BYTES = 44,
	API_TOKEN_TEXT_BYTES = TOKEN_TEXT_BYTES + sizeof(API_TOKEN_PREFIX) - 1,
	SHA256_BYTES = 32,
	SHA256_HEX_BYTES = 65,
};

/* 256 random bits as 43 base64url characters and a NUL. */
void token_generate(char ret_text[TOKEN_TEXT_BYTES]);
/* The same behind API_TOKEN_PREFIX. */
void api_token_generate(char ret_text[API_TOKEN_TEXT_BYTES]);

/* What is stored of a token: 256 random bits need no slow hash. */
void token_hash(struct slice token, char ret_hex[SHA256_HEX_BYTES]);

void sha256(struct slice data, unsigned char ret_digest[SHA256_BYTES]);
void sha256_hex(struct slice data, char ret_hex[SHA256_HEX_BYTES]); /* lower case */

/* Takes the same time wherever the bytes differ. Lengths are no secret. */
bool constant_time_eq(const void *a, const void *b, size_t len);
bool constant_time_eq_slice(struct slice a, struct slice b);

/* Strict hex of either case, exactly 2 * len digits, and back in lower case (dst: 2 * len + 1 bytes). */
bool hex_decode(struct slice text, void *dst, size_t len) MUST_CHECK;
void hex_encode(const void *bytes, size_t len, char *dst);

#endif
