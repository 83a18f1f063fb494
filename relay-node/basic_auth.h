/*
 * basic_auth.h: reads `Proxy-Authorization: Basic …` (RFC 7617). It does not check anything against anything.
 * Called by the head stage, which wipes the result when it is done.
 */
#ifndef KP_RELAY_BASIC_AUTH_H
#define KP_RELAY_BASIC_AUTH_H

#include <stdint.h>

#include "shared/base/slice.h"

enum { BASIC_AUTH_BYTES_MAX = 384 }; /* user, colon and password together */

enum basic_auth_verdict {
	BASIC_AUTH_OK,
	BASIC_AUTH_OTHER_SCHEME, /* Digest, Negotiate, …: ask for Basic */
	BASIC_AUTH_BAD,          /* not strict base64, no colon, control characters, too long */
};

struct basic_auth {
	uint16_t user_len;
	uint16_t password_len;
	char text[BASIC_AUTH_BYTES_MAX]; /* user, then password; a secret */
};

/* Base64 is read strictly (RFC 4648): padding in place, unused bits zero. On anything but OK *ret_auth is
 * wiped. */
enum basic_auth_verdict basic_auth_parse(struct slice value, struct basic_auth *ret_auth);

/* Borrowed from *auth. The user may be empty; the password may contain colons. */
struct slice basic_auth_user(const struct basic_auth *auth);
struct slice basic_auth_password(const struct basic_auth *auth);

void basic_auth_wipe(struct basic_auth *auth); /* accepts NULL */

#endif
