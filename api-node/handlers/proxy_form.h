/*
 * proxy_form.h: what a client wrote into a proxy (create, edit), checked member by member against one table
 * and turned into the record's fields. Pure: it seals nothing and asks nobody.
 */
#ifndef KP_API_HANDLERS_PROXY_FORM_H
#define KP_API_HANDLERS_PROXY_FORM_H

#include <stdbool.h>

#include "shared/base/buf.h"
#include "shared/base/compiler.h"
#include "shared/store/store_op.h"

struct field_err;
struct json;

enum { PROXY_FORM_FIELDS_MAX = 40 };

struct proxy_form {
	struct buf text; /* owned; every value, each ended by a NUL */
	struct {
		const char *name; /* static */
		size_t at, len;   /* in `text` */
	} fields[PROXY_FORM_FIELDS_MAX];
	size_t count;
	struct store_field list[PROXY_FORM_FIELDS_MAX]; /* made by proxy_form_fields */
};

enum proxy_form_use { FORM_CREATE, FORM_EDIT };

void proxy_form_init(struct proxy_form *form);
void proxy_form_done(struct proxy_form *form); /* wipes: passwords may be among the values */

/* Takes every member of `body` that the table has for this use. An unknown member, a wrong type, a value out
 * of range: false with the field. Secrets (password, provider_key) are taken as they were written: the caller
 * seals. */
bool proxy_form_take(struct proxy_form *form, const struct json *body, enum proxy_form_use use,
	struct field_err *err) MUST_CHECK;

/* The same, leaving the members in `others` (`count` names) to the caller. */
bool proxy_form_take_others(struct proxy_form *form, const struct json *body, enum proxy_form_use use,
	const char *const *others, size_t count, struct field_err *err) MUST_CHECK;

/* Adds every field of `from`, replacing those of the same name. */
void proxy_form_copy(struct proxy_form *form, const struct proxy_form *from);

void proxy_form_set(struct proxy_form *form, const char *name, struct slice value); /* adds or replaces */
void proxy_form_set_int(struct proxy_form *form, const char *name, int64_t value);
bool proxy_form_get(const struct proxy_form *form, const char *name, struct slice *ret_value) MUST_CHECK;
void proxy_form_drop(struct proxy_form *form, const char *name);

/* For the store's calls; valid until the form changes. */
struct store_fields proxy_form_fields(struct proxy_form *form);

#endif
