/* field_text.h: a value that was refused, in words: which field, and what would be right; and members that
 * nobody knows. */
#ifndef KP_API_HANDLERS_FIELD_TEXT_H
#define KP_API_HANDLERS_FIELD_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

struct buf;
struct field_err;
struct json;

/* Appends the params (a JSON object) and the English sentence, which names the field. */
void field_text(const struct field_err *err, struct buf *params, struct buf *detail);

/* False with the first member that is none of `names`. */
bool field_only_members(
	const struct json *body, const char *const *names, size_t count, struct field_err *err) MUST_CHECK;

/* A text. Absent: true, *ret untouched. `name` is static. */
bool field_text_member(
	const struct json *body, const char *name, struct slice *ret, struct field_err *err) MUST_CHECK;

/* The same, but absent is err.required. */
bool field_text_required(
	const struct json *body, const char *name, struct slice *ret, struct field_err *err) MUST_CHECK;

#endif
