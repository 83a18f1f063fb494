/*
 * import_row.h: one key of a bulk import as it will be created: what stood in its line over what the request
 * says for all. Pure: it asks nobody.
 */
#ifndef KP_API_HANDLERS_IMPORT_ROW_H
#define KP_API_HANDLERS_IMPORT_ROW_H

#include <stdbool.h>

#include "api-node/handlers/proxy_form.h"
#include "shared/model/key_lines.h"

struct field_err;

/* Checks the columns; false with the field and what would be right. */
bool import_row_check(const struct key_line *line, struct field_err *err) MUST_CHECK;

/* The row's form: a copy of `defaults`, then what the (checked) line has. `form` is initialised here. */
void import_row_form(const struct proxy_form *defaults, const struct key_line *line, struct proxy_form *form);

#endif
