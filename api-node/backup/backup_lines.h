/*
 * backup_lines.h: what is sealed in a backup: one line an item, "<kind> <id> <JSON object of texts>", so that
 * neither end needs it all as JSON at once. The fields are the store's own, but in plain: seals are made anew
 * where it is restored. Pure.
 */
#ifndef KP_API_BACKUP_BACKUP_LINES_H
#define KP_API_BACKUP_BACKUP_LINES_H

#include <stdbool.h>

#include "api-node/import/import_list.h"
#include "shared/base/err.h"

struct json;
struct keyring;

/* Appends one item. `fields`: an object of texts, with its id among them; sealed ones are opened. */
bool backup_line_write(struct buf *out, const struct keyring *keyring, enum import_kind kind,
	const struct json *fields, struct err *err) MUST_CHECK;
/* Appends the one line of this name that is no item: "settings", "numbers". `object`: ready JSON. */
void backup_line_write_one(struct buf *out, const char *name, struct slice object);

/* Takes the lines over into `list`, which refers to them; `lines` is left empty. */
bool backup_lines_read(struct buf *lines, struct import_list *list, struct err *err) MUST_CHECK;

#endif
