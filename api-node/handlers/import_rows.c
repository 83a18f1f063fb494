/* import_rows.c: see import_rows.h. */
#include "api-node/handlers/import_rows.h"

#include <stdlib.h>

#include "api-node/handlers/bulk_run.h"
#include "api-node/handlers/import_row.h"
#include "shared/base/ensure.h"
#include "shared/base/hash_map.h"
#include "shared/json/json.h"

static bool add_row(struct import_rows *rows, const struct key_line *line)
{
	struct import_row *row;

	if (rows->count == BULK_ITEMS_MAX)
		return false;
	if (rows->count == rows->cap) {
		rows->cap = rows->cap ? 2 * rows->cap : 256;
		rows->list = mem_realloc(rows->list, rows->cap * sizeof(*rows->list));
	}
	row = &rows->list[rows->count++];
	*row = (struct import_row){.line = *line};
	if (!import_row_check(line, &row->err))
		row->kind = IMPORT_ROW_BAD;
	return true;
}

static bool take_text(struct import_rows *rows, struct slice text)
{
	struct key_lines walk = key_lines_of(text);
	struct key_line line = {0};

	while (key_lines_next(&walk, &line))
		if (!add_row(rows, &line))
			return false;
	return true;
}

/* An element is one key: in an array nothing has to be guessed. */
static bool take_array(
	struct import_rows *rows, const struct json *array, const char *name, struct field_err *err)
{
	struct key_line line = {0};
	struct slice text;

	for (const struct json *value = json_first(array); value; value = json_next(value)) {
		if (!json_str(value, &text))
			return field_err_wanted(err, name, "err.type", "a text, or an array of texts");
		line.line++;
		key_line_of(text, &line);
		if (!add_row(rows, &line))
			return field_err_range(err, name, "err.too_many", 0, BULK_ITEMS_MAX);
	}
	return true;
}

/* Each key once: later ones point to the first. */
static void find_repeated(struct import_rows *rows)
{
	struct hash_map seen;

	hash_map_init(&seen);
	for (size_t i = 0; i < rows->count; i++) {
		struct import_row *row = &rows->list[i];
		if (row->kind == IMPORT_ROW_BAD)
			continue;
		row->first = hash_map_find(&seen, row->line.key);
		if (row->first) {
			row->kind = IMPORT_ROW_REPEATED;
			continue;
		}
		hash_map_set(&seen, row->line.key, row);
		row->nth = rows->good++;
	}
	hash_map_done(&seen);
}

bool import_rows_take(
	struct import_rows *rows, const struct json *keys, const char *name, struct field_err *err)
{
	struct slice text;

	if (json_kind(keys) == JSON_ARRAY) {
		if (!take_array(rows, keys, name, err))
			return false;
	} else if (!json_str(keys, &text)) {
		return field_err_wanted(err, name, "err.type", "a text, or an array of texts");
	} else if (!take_text(rows, text)) {
		return field_err_range(err, name, "err.too_many", 0, BULK_ITEMS_MAX);
	}
	if (rows->count == 0)
		return field_err_set(err, name, "err.import_empty");
	find_repeated(rows);
	return true;
}

void import_rows_done(struct import_rows *rows)
{
	free(rows->list);
	*rows = (struct import_rows){0};
}
