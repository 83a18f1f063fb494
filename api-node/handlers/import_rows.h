/*
 * import_rows.h: the keys of a bulk import, taken apart and checked: a row for each, good, bad or given
 * before. Pure. What a row becomes is import_row.h, creating them bulk_import.c.
 */
#ifndef KP_API_HANDLERS_IMPORT_ROWS_H
#define KP_API_HANDLERS_IMPORT_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/model/key_lines.h"
#include "shared/model/validate.h"

struct json;

/* Its texts are those of the JSON that it was taken from. */
struct import_row {
	struct key_line line;
	enum { IMPORT_ROW_GOOD, IMPORT_ROW_BAD, IMPORT_ROW_REPEATED } kind;
	struct field_err err;           /* of a bad one */
	const struct import_row *first; /* of a repeated one: where the key stood before */
	uint64_t holder_id;             /* dry run: the proxy that has the key; 0 = none */
	size_t nth;                     /* among the good ones */
};

struct import_rows {
	struct import_row *list; /* owned */
	size_t count, cap;
	size_t good;
};

/* From a text, or an array with a key an element; `name` is the member's, for errors. False with `err` when
 * it is neither, empty, or too many. `rows` is zeroed at first, and the caller's to give to
 * import_rows_done(). */
bool import_rows_take(struct import_rows *rows, const struct json *keys, const char *name,
	struct field_err *err) MUST_CHECK;
void import_rows_done(struct import_rows *rows);

#endif
