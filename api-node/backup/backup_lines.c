/* backup_lines.c: see backup_lines.h. */
#include "api-node/backup/backup_lines.h"

#include <inttypes.h>

#include "api-node/import/import_secret.h"
#include "shared/crypto/seal.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"

/* Kinds by the word that begins their line: never change one. */
static const char *const words[IMPORT_KIND_COUNT] = {
	[IMPORT_USER] = "user",
	[IMPORT_PROXY] = "proxy",
	[IMPORT_TOKEN] = "token",
	[IMPORT_CHANNEL] = "channel",
	[IMPORT_LOG] = "log",
};

static bool write_fields(struct json_writer *w, const struct keyring *keyring, enum import_kind kind,
	uint64_t id, const struct json *fields, struct err *err)
{
	bool ok = true;

	json_object_begin(w);
	for (const struct json *value = json_first(fields); ok && value; value = json_next(value)) {
		const struct import_secret *secret = import_secret_find(kind, json_name(value));
		struct slice text;
		struct buf plain;
		if (!json_str(value, &text) || import_secret_is_hash(kind, json_name(value)))
			continue; /* hashes are made under a key that is not the next fleet's */
		buf_init(&plain, 0);
		if (secret)
			ok = import_secret_open(secret, keyring, id, text, &plain, err);
		json_key_slice(w, json_name(value));
		json_text(w, secret ? buf_slice(&plain) : text);
		secret_wipe(&plain);
	}
	json_object_end(w);
	return ok;
}

bool backup_line_write(struct buf *out, const struct keyring *keyring, enum import_kind kind,
	const struct json *fields, struct err *err)
{
	struct json_writer w;
	struct slice text;
	uint64_t id;

	if (!json_get_str(fields, "id", &text, err))
		return false;
	if (!slice_parse_u64(text, &id) || id == 0)
		return err_set(err, ERR_INVALID, "a stored %s has no id", words[kind]);
	buf_printf(out, "%s %" PRIu64 " ", words[kind], id);
	json_writer_init(&w, out);
	if (!write_fields(&w, keyring, kind, id, fields, err))
		return err_prefix(err, "%s", words[kind]);
	buf_append_char(out, '\n');
	return true;
}

void backup_line_write_one(struct buf *out, const char *name, struct slice object)
{
	buf_printf(out, "%s 0 ", name);
	buf_append_slice(out, object);
	buf_append_char(out, '\n');
}

static enum import_kind kind_of(struct slice word)
{
	for (size_t kind = 0; kind < IMPORT_KIND_COUNT; kind++)
		if (slice_eq_str(word, words[kind]))
			return (enum import_kind)kind;
	return IMPORT_KIND_COUNT;
}

/* A line of a word that we do not know is one of a later version of the same format: left out, and counted.
 */
static bool read_line(struct import_list *list, struct slice line, const char *base)
{
	struct slice word, id_text, object;
	uint64_t id;

	if (!slice_cut(line, ' ', &word, &object) || !slice_cut(object, ' ', &id_text, &object) ||
		!slice_parse_u64(id_text, &id) || id > INT64_MAX || object.len < 2 || object.data[0] != '{')
		return false;
	size_t at = (size_t)(object.data - base);
	enum import_kind kind = kind_of(word);
	if (kind < IMPORT_KIND_COUNT) {
		struct import_item *item = import_list_add(list, kind, (int64_t)id);
		item->at = at;
		item->len = object.len;
	} else if (slice_eq_str(word, "settings")) {
		list->settings_at = at;
		list->settings_len = object.len;
	} else if (slice_eq_str(word, "numbers")) {
		list->numbers_at = at;
		list->numbers_len = object.len;
	} else {
		import_list_ignore(list, IMPORT_KIND_COUNT, word);
	}
	return true;
}

bool backup_lines_read(struct buf *lines, struct import_list *list, struct err *err)
{
	struct slice rest, line;

	buf_done(&list->text);
	list->text = *lines;
	buf_init(lines, 0);
	rest = buf_slice(&list->text);
	while (rest.len > 0) {
		if (!slice_cut(rest, '\n', &line, &rest) || !read_line(list, line, list->text.data))
			return err_set(
				err, ERR_INVALID, "The backup is damaged: one of its lines cannot be read.");
	}
	return true;
}
