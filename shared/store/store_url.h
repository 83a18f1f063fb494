/*
 * store_url.h: reads REDIS_URL: redis://[user:password@]host[:port][/db]. Percent-escapes are decoded. Does
 * not resolve names. `rediss://` and `redis+sentinel://` are known and refused with a sentence, until they
 * are built.
 */
#ifndef KP_STORE_STORE_URL_H
#define KP_STORE_STORE_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"

struct store_url {
	char host[256]; /* a name or a literal, no brackets */
	uint16_t port;
	char user[128];     /* empty: the default user */
	char password[256]; /* secret: never logged; empty: no AUTH */
	uint32_t db;        /* 0-15 and more, as the server allows */
};

/* The error begins with REDIS_URL, where the text comes from, and never contains the password. */
bool store_url_parse(const char *text, struct store_url *ret_url, struct err *err) MUST_CHECK;

#endif
