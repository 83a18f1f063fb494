/*
 * password.h: people's passwords, through libxcrypt: yescrypt for new ones; bcrypt ones ($2a$ $2b$ $2y$) from
 * the single-host version still verify. Each call takes 20-220 ms of CPU on purpose: never on an event
 * loop. Reentrant: any thread may call it.
 */
#ifndef KP_CRYPTO_PASSWORD_H
#define KP_CRYPTO_PASSWORD_H

#include <stdbool.h>

#include "shared/base/err.h"
#include "shared/base/slice.h"

enum {
	PASSWORD_HASH_BYTES = 384, /* CRYPT_OUTPUT_SIZE */
	PASSWORD_MAX_BYTES = 256,
	PASSWORD_GENERATED_BYTES = 21, /* 20 characters and a NUL: 116 bits */
};

/* A random password without characters that are easily confused. */
void password_generate(char ret_text[PASSWORD_GENERATED_BYTES]);

/* A yescrypt hash with a fresh salt as a C string. ERR_INVALID: empty, longer than PASSWORD_MAX_BYTES, or
 * with a NUL byte inside. */
bool password_hash(struct slice password, char ret_hash[PASSWORD_HASH_BYTES], struct err *err) MUST_CHECK;

/* Whether a hash is of a former scheme: after a login with it, the password should be hashed anew. */
bool password_hash_is_old(const char *hash);

/* False also for a malformed hash. */
bool password_verify(const char *hash, struct slice password) MUST_CHECK;

/* Always false, at the cost of password_verify: an unknown user must not answer faster than a known one. */
bool password_verify_nobody(struct slice password);

#endif
