/* proxy.c: see proxy.h. One table drives the reading, so that a new field is one line in proxy_fields.h. */
#include "shared/model/proxy.h"

#include <stdlib.h>
#include <string.h>

#include "shared/json/json_scan.h"
#include "shared/model/raw_json.h"

enum field_type {
	FIELD_STR,
	FIELD_INT,
	FIELD_BOOL,
	FIELD_ARRAY,
	FIELD_OBJECT,
	FIELD_ERROR,
	FIELD_STATUS,
	FIELD_ROTATE_MODE,
	FIELD_ROTATION_STATE,
	FIELD_ON_ROTATE,
};

struct field {
	struct slice name;
	enum field_type type;
	size_t offset;
};

static const struct field FIELDS[] = {
#define PROXY_FIELD(name, type) {{#name, sizeof(#name) - 1}, FIELD_##type, offsetof(struct proxy, name)},
#include "shared/model/proxy_fields.h"
#undef PROXY_FIELD
};

enum { RECORD_MAX_BYTES = 64 * 1024, RECORD_MAX_DEPTH = 2, VALUE_MAX_DEPTH = 32 };

/* Records of one store list their members in the same order, so the search starts behind the last hit. */
static bool field_find(struct slice name, size_t *cursor, size_t *ret_index)
{
	for (size_t tried = 0; tried < ARRAY_LEN(FIELDS); tried++) {
		size_t i = (*cursor + tried) % ARRAY_LEN(FIELDS);

		if (!slice_eq(FIELDS[i].name, name))
			continue;
		*cursor = i + 1;
		*ret_index = i;
		return true;
	}
	return false;
}

static bool type_is_text(enum field_type type)
{
	return type == FIELD_STR || type == FIELD_ARRAY || type == FIELD_OBJECT || type == FIELD_ERROR;
}

/* The text of a member's value, its escapes resolved into *scratch; false when it is no string. */
static bool member_text(struct slice raw, char **scratch, struct slice *ret_text)
{
	if (raw.len < 2 || raw.data[0] != '"')
		return false;
	*ret_text = slice_of(raw.data + 1, raw.len - 2);
	if (!memchr(ret_text->data, '\\', ret_text->len))
		return true;
	size_t len = json_unescape(*ret_text, *scratch);
	*ret_text = slice_of(*scratch, len);
	*scratch += len;
	return true;
}

/* The text of each known member of a scanned object. No tree is made of it: a snapshot is read record by
 * record, by the hundred thousand. `scratch` has room for the whole record. */
static bool collect(
	struct slice object, char *scratch, struct slice values[], size_t *ret_text_bytes, struct err *err)
{
	struct raw_json walk = raw_json_of(object);
	size_t cursor = 0, text_bytes = 0, index;
	struct slice name, raw;

	while (raw_json_next(&walk, &name, &raw)) {
		if (!field_find(name, &cursor, &index))
			continue; /* of a newer program, or of the scripts only */
		if (values[index].data)
			return err_set(
				err, ERR_INVALID, "record: \"%.*s\" stands there twice", SLICE_ARG(name));
		if (!member_text(raw, &scratch, &values[index]))
			return err_set(
				err, ERR_INVALID, "record: \"%.*s\" must be a string", SLICE_ARG(name));
		if (type_is_text(FIELDS[index].type))
			text_bytes += values[index].len;
	}
	*ret_text_bytes = text_bytes;
	return true;
}

/* What is kept is put into answers without another look, so it must be JSON of the right kind. */
static bool json_text_ok(struct slice text, enum field_type type)
{
	if (slice_eq(text, SLICE_LIT("[]")))
		return type == FIELD_ARRAY;
	if (slice_eq(text, SLICE_LIT("{}")))
		return type != FIELD_ARRAY;
	if (slice_eq(text, SLICE_LIT("null")))
		return type == FIELD_ERROR;
	return text.data[0] == (type == FIELD_ARRAY ? '[' : '{') && json_scan(text, VALUE_MAX_DEPTH, NULL);
}

static struct slice json_text_default(enum field_type type)
{
	switch (type) {
	case FIELD_ARRAY: return SLICE_LIT("[]");
	case FIELD_OBJECT: return SLICE_LIT("{}");
	case FIELD_ERROR: return SLICE_LIT("null");
	default: return SLICE_LIT("");
	}
}

static struct slice keep_text(struct slice text, char **next)
{
	struct slice kept = slice_of(*next, text.len);

	memcpy(*next, text.data, text.len);
	*next += text.len;
	return kept;
}

static bool parse_bool(struct slice text, bool *ret)
{
	*ret = slice_eq(text, SLICE_LIT("1"));
	return *ret || slice_eq(text, SLICE_LIT("0"));
}

/* Reads one not empty value into its place; false when it does not fit the type. */
static bool store_value(const struct field *field, struct slice text, void *at, char **next)
{
	switch (field->type) {
	case FIELD_STR: *(struct slice *)at = keep_text(text, next); return true;
	case FIELD_INT: return slice_parse_i64(text, at);
	case FIELD_BOOL: return parse_bool(text, at);
	case FIELD_ARRAY:
	case FIELD_OBJECT:
	case FIELD_ERROR:
		if (!json_text_ok(text, field->type))
			return false;
		*(struct slice *)at = keep_text(text, next);
		return true;
	case FIELD_STATUS: return proxy_status_parse(text, at);
	case FIELD_ROTATE_MODE: return rotate_mode_parse(text, at);
	case FIELD_ROTATION_STATE: return rotation_state_parse(text, at);
	case FIELD_ON_ROTATE: return on_rotate_parse(text, at);
	}
	return false;
}

static bool fill(struct proxy *proxy, const struct slice values[], struct err *err)
{
	char *next = (char *)(proxy + 1);

	for (size_t i = 0; i < ARRAY_LEN(FIELDS); i++) {
		void *at = (char *)proxy + FIELDS[i].offset;

		if (values[i].len == 0) {
			/* Numbers, switches and words have their default from calloc. */
			if (type_is_text(FIELDS[i].type))
				*(struct slice *)at = json_text_default(FIELDS[i].type);
		} else if (!store_value(&FIELDS[i], values[i], at, &next)) {
			return err_set(err, ERR_INVALID, "record: \"%s\" has a value of the wrong form",
				FIELDS[i].name.data);
		}
	}
	if (proxy->id <= 0)
		return err_set(err, ERR_INVALID, "record: without an id");
	return true;
}

static struct proxy *assemble(const struct slice values[], size_t text_bytes, struct err *err)
{
	struct proxy *proxy = calloc(1, sizeof(*proxy) + text_bytes);

	if (!proxy) {
		err_set(err, ERR_LIMIT, "record: out of memory");
		return NULL;
	}
	proxy->text_bytes = text_bytes;
	if (fill(proxy, values, err))
		return proxy;
	free(proxy);
	return NULL;
}

struct proxy *proxy_from_record(struct slice json, struct err *err)
{
	struct slice values[ARRAY_LEN(FIELDS)] = {0};
	struct slice object = slice_trim(json, " \t\r\n");
	struct proxy *proxy = NULL;
	size_t text_bytes = 0;

	if (json.len > RECORD_MAX_BYTES) {
		err_set(err, ERR_INVALID, "record: longer than %d bytes", RECORD_MAX_BYTES);
		return NULL;
	}
	if (!json_scan(json, RECORD_MAX_DEPTH, err)) {
		err_prefix(err, "record");
		return NULL;
	}
	if (object.data[0] != '{') {
		err_set(err, ERR_INVALID, "record: not an object");
		return NULL;
	}
	char *scratch = malloc(json.len);
	if (!scratch) {
		err_set(err, ERR_LIMIT, "record: out of memory");
		return NULL;
	}
	if (collect(object, scratch, values, &text_bytes, err))
		proxy = assemble(values, text_bytes, err);
	free(scratch);
	return proxy;
}

void proxy_free(struct proxy *proxy)
{
	free(proxy);
}

enum rotation_state proxy_rotation_state(const struct proxy *proxy, int64_t now_ms)
{
	if (proxy->rotation_state == ROTATION_SCHEDULED || proxy->rotation_state == ROTATION_ROTATING)
		return proxy->rotation_state;
	return proxy->next_request_at > now_ms ? ROTATION_COOLDOWN : ROTATION_IDLE;
}
