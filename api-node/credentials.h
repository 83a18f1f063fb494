/* credentials.h: what a request's headers say of who sent it: the session's token, and whether the page that
 * made it is one of ours. Pure; used for REST and for WebSockets alike. */
#ifndef KP_API_CREDENTIALS_H
#define KP_API_CREDENTIALS_H

#include <stdbool.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

enum { CREDENTIALS_TOKEN_MAX_BYTES = 128 };

/* NOT_BEARER: an Authorization header of another form. NOBODYS: a text that no token of ours can be. */
enum credentials_kind {
	CREDENTIALS_NONE,
	CREDENTIALS_NOT_BEARER,
	CREDENTIALS_NOBODYS,
	CREDENTIALS_TOKEN,
};

/* The session's or API token's text: from Authorization: Bearer when that is there, else a session's from the
 * cookie `session_id`. *ret_token is set with CREDENTIALS_TOKEN only. Both are header values, data NULL when
 * absent. */
enum credentials_kind credentials_token(
	struct slice authorization, struct slice cookies, struct slice *ret_token) MUST_CHECK;

/* May a page of this origin act with the cookie: its host (with port) is the request's Host, or it is in
 * `public_urls` (comma-separated origins, or NULL). The scheme is not compared with ours: behind an ingress
 * that ends TLS we do not know it. */
bool credentials_origin_allowed(const char *public_urls, struct slice host, struct slice origin) MUST_CHECK;

#endif
