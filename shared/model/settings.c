/* settings.c: see settings.h. */
#include "shared/model/settings.h"

#include <stdio.h>

#include "shared/base/ensure.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"

enum setting_type { SETTING_BOOL, SETTING_U32 };

struct setting_row {
	const char *name;
	enum setting_type type;
	size_t offset;
	uint32_t fallback, min, max;
	const char *message_id;
};

static const struct setting_row ROWS[] = {
#define X(name, type, fallback, min, max, message_id) \
	[SETTING_##name] = {                          \
		#name, SETTING_##type, offsetof(struct settings, name), fallback, min, max, message_id},
	SETTINGS(X)
#undef X
};

static uint32_t value_of(const struct settings *settings, const struct setting_row *row)
{
	const void *at = (const char *)settings + row->offset;

	return row->type == SETTING_BOOL ? *(const bool *)at : *(const uint32_t *)at;
}

static void value_set(struct settings *settings, const struct setting_row *row, uint32_t value)
{
	void *at = (char *)settings + row->offset;

	if (row->type == SETTING_BOOL)
		*(bool *)at = value != 0;
	else
		*(uint32_t *)at = value;
}

void settings_default(struct settings *ret_settings)
{
	*ret_settings = (struct settings){0};
	for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
		value_set(ret_settings, &ROWS[i], ROWS[i].fallback);
}

/* A typed member of row's type, whatever its range. */
static bool typed_value(const struct json *value, const struct setting_row *row, int64_t *ret)
{
	bool on;

	if (row->type != SETTING_BOOL)
		return json_i64(value, ret);
	if (!json_bool(value, &on))
		return false;
	*ret = on;
	return true;
}

static bool in_range(const struct setting_row *row, int64_t value)
{
	return value >= row->min && value <= row->max;
}

/* One member of the stored hash into `settings`. */
static bool read_stored(
	const struct json *value, const struct setting_row *row, struct settings *settings, struct err *err)
{
	struct slice text;
	int64_t number;

	if (json_str(value, &text)) {
		if (text.len == 0)
			return true;
		if (!slice_parse_i64(text, &number))
			return err_set(err, ERR_INVALID, "settings: \"%s\" is not a number", row->name);
	} else if (!typed_value(value, row, &number)) {
		return err_set(err, ERR_INVALID, "settings: \"%s\" has the wrong type", row->name);
	}
	if (!in_range(row, number))
		return err_set(err, ERR_INVALID, "settings: \"%s\" is out of range", row->name);
	value_set(settings, row, (uint32_t)number);
	return true;
}

static bool read_version(const struct json *root, struct settings *settings, struct err *err)
{
	const struct json *value = json_member(root, "settings_version");
	struct slice text;
	int64_t number;

	if (!value || (json_str(value, &text) && slice_parse_u64(text, &settings->settings_version)))
		return true;
	if (!json_i64(value, &number) || number < 0)
		return err_set(err, ERR_INVALID, "settings: \"settings_version\" is not a number");
	settings->settings_version = (uint64_t)number;
	return true;
}

bool settings_from_json(struct slice json, struct settings *ret_settings, struct err *err)
{
	struct settings settings;
	bool ok = false;

	settings_default(&settings);
	struct json *root = json_parse(json, NULL, err);
	if (!root)
		return err_prefix(err, "settings");
	if (json_kind(root) != JSON_OBJECT) {
		err_set(err, ERR_INVALID, "settings: not an object");
		goto out;
	}
	for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
		const struct json *value = json_member(root, ROWS[i].name);

		if (value && !read_stored(value, &ROWS[i], &settings, err))
			goto out;
	}
	if (!read_version(root, &settings, err))
		goto out;
	*ret_settings = settings;
	ok = true;
out:
	json_free(root);
	return ok;
}

static const struct setting_row *row_find(struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
		if (slice_eq_str(name, ROWS[i].name))
			return &ROWS[i];
	return NULL;
}

bool settings_patch_from_json(
	const struct json *body, struct settings_patch *ret_patch, struct field_err *err)
{
	struct settings_patch patch = {0};
	int64_t value;

	if (json_kind(body) != JSON_OBJECT)
		return field_err_set(err, NULL, "err.bad_request");
	for (const struct json *member = json_first(body); member; member = json_next(member)) {
		const struct setting_row *row = row_find(json_name(member));

		if (!row) {
			field_err_set(err, NULL, "err.unknown_field");
			return field_err_name(err, json_name(member));
		}
		if (!typed_value(member, row, &value))
			return field_err_wanted(err, row->name, "err.type",
				row->type == SETTING_BOOL ? "true or false" : "a whole number");
		if (!in_range(row, value)) {
			/* "At least 2 minutes." is no answer to a number that is too large. */
			return field_err_range(err, row->name,
				value > row->max ? "err.range" : row->message_id, row->min, row->max);
		}
		value_set(&patch.values, row, (uint32_t)value);
		patch.present |= 1u << (row - ROWS);
	}
	*ret_patch = patch;
	return true;
}

const char *setting_name(enum setting setting)
{
	ensure((unsigned)setting < SETTING_COUNT);
	return ROWS[setting].name;
}

void setting_text(const struct settings *settings, enum setting setting, char dst[SETTING_TEXT_BYTES])
{
	ensure((unsigned)setting < SETTING_COUNT);
	snprintf(dst, SETTING_TEXT_BYTES, "%u", (unsigned)value_of(settings, &ROWS[setting]));
}

void settings_write(struct json_writer *w, const struct settings *settings)
{
	json_object_begin(w);
	for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
		uint32_t value = value_of(settings, &ROWS[i]);

		if (ROWS[i].type == SETTING_BOOL)
			json_put_bool(w, ROWS[i].name, value != 0);
		else
			json_put_int(w, ROWS[i].name, value);
	}
	json_put_uint(w, "settings_version", settings->settings_version);
	json_object_end(w);
}
