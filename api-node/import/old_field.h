/*
 * old_field.h: one member of an object in a data.json: under which names it comes, and how its value becomes
 * the text of a field of ours. Used by old_data.c.
 */
#ifndef KP_API_IMPORT_OLD_FIELD_H
#define KP_API_IMPORT_OLD_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "api-node/import/import_list.h"
#include "shared/base/compiler.h"
#include "shared/base/slice.h"
#include "shared/model/validate.h"

struct json;
struct json_writer;

enum { OLD_NAMES_MAX = 5 };

enum old_shape {
	OLD_ID,       /* number or its text; kept by the caller, no field */
	OLD_TEXT,     /* any text, made printable */
	OLD_NUMBER,   /* ≥ 0 */
	OLD_FLAG,     /* true, false, 1, 0, or their texts */
	OLD_TIME,     /* as given_time(); without a zone: UTC; or epoch s or ms */
	OLD_REGION,   /* as given_region() */
	OLD_KEY,      /* a provider key */
	OLD_NAME,     /* a subdomain, in any case, from a letter on; the number follows from proxy<number> */
	OLD_ADDRESS,  /* an IP address */
	OLD_UPSTREAM, /* address:port or address:port:user:password */
	OLD_USERNAME,
	OLD_HASH, /* of a password: bcrypt or yescrypt */
	OLD_ROLE, /* a role's word, or a flag: administrator or not */
	OLD_WORD, /* small letters and _ */
};

struct old_field {
	const char *names[OLD_NAMES_MAX]; /* the tool's own first */
	const char *field;                /* ours */
	enum old_shape shape;
};

/* A value that cannot be such a field: false, nothing written. */
bool old_field_write(struct json_writer *w, const struct old_field *field, const struct json *value,
	enum upstream_policy policy) MUST_CHECK;

/* A number, or a text that is one. */
bool old_number(const struct json *value, int64_t *ret_number) MUST_CHECK;
bool old_flag(const struct json *value, bool *ret_flag) MUST_CHECK;
/* Epoch ms. */
bool old_time(const struct json *value, int64_t *ret_epoch_ms) MUST_CHECK;

#endif
