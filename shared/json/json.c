/* json.c: see json.h. A `struct json` is a cJSON node; the cast happens in node() and json_parse() only. */
#include "shared/json/json.h"

#include <math.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "shared/base/buf.h"
#include "shared/base/ensure.h"
#include "shared/base/hash_map.h"
#include "shared/json/json_scan.h"

enum { SMALL_OBJECT_MEMBERS = 16 };

static const struct json_limits default_limits = {.max_bytes = 256 * 1024, .max_depth = 32};
/* Beyond it a double no longer tells neighbours apart: 2^53 + 1 reads as 2^53. */
static const double max_exact_integer = 9007199254740991.0;

static const cJSON *node(const struct json *value)
{
	return (const cJSON *)(const void *)value;
}

static const struct json *wrap(const cJSON *value)
{
	return (const struct json *)(const void *)value;
}

static bool duplicate_error(const cJSON *member, struct err *err)
{
	return err_set(err, ERR_INVALID, "JSON: duplicate member \"%.80s\"", member->string);
}

/* Few members are compared with each other; many go through a map, so that a hostile body costs linear time.
 */
static bool check_duplicates(const cJSON *object, struct err *err)
{
	struct hash_map seen;
	const cJSON *member, *other;
	size_t count = 0;
	bool ok = true;

	for (member = object->child; member; member = member->next)
		count++;
	if (count <= SMALL_OBJECT_MEMBERS) {
		for (member = object->child; member; member = member->next)
			for (other = object->child; other != member; other = other->next)
				if (strcmp(member->string, other->string) == 0)
					return duplicate_error(member, err);
		return true;
	}
	hash_map_init(&seen);
	for (member = object->child; member && ok; member = member->next)
		if (hash_map_set(&seen, slice_from_str(member->string), (void *)(uintptr_t)member))
			ok = duplicate_error(member, err);
	hash_map_done(&seen);
	return ok;
}

/* What json_scan() cannot see. Recursion is bounded by the depth that it has checked. */
static bool check_tree(const cJSON *value, struct err *err) // NOLINT(misc-no-recursion)
{
	if (cJSON_IsNumber(value) && !isfinite(value->valuedouble))
		return err_set(err, ERR_INVALID, "JSON: number out of range");
	if (cJSON_IsObject(value) && !check_duplicates(value, err))
		return false;
	for (const cJSON *child = value->child; child; child = child->next)
		if (!check_tree(child, err))
			return false;
	return true;
}

struct json *json_parse(struct slice text, const struct json_limits *limits, struct err *err)
{
	const struct json_limits *l = limits ? limits : &default_limits;

	if (text.len > l->max_bytes) {
		err_set(err, ERR_LIMIT, "JSON: longer than %zu bytes", l->max_bytes);
		return NULL;
	}
	if (!json_scan(text, l->max_depth, err))
		return NULL;
	cJSON *root = cJSON_ParseWithLength(text.data, text.len);
	if (!root) {
		err_set(err, ERR_INTERNAL, "JSON: out of memory");
		return NULL;
	}
	if (!check_tree(root, err)) {
		cJSON_Delete(root);
		return NULL;
	}
	return (struct json *)(void *)root;
}

void json_free(struct json *root)
{
	cJSON_Delete((cJSON *)(void *)root);
}

enum json_kind json_kind(const struct json *value)
{
	switch (node(value)->type & 0xff) {
	case cJSON_True:
	case cJSON_False: return JSON_BOOL;
	case cJSON_NULL: return JSON_NULL;
	case cJSON_Number: return JSON_NUMBER;
	case cJSON_String: return JSON_STRING;
	case cJSON_Array: return JSON_ARRAY;
	case cJSON_Object: return JSON_OBJECT;
	default: break;
	}
	ensure(!"JSON kind");
	return JSON_NULL;
}

const char *json_kind_text(enum json_kind kind)
{
	static const char *const texts[] = {
		"null", "true or false", "a number", "a string", "an array", "an object"};

	ensure((size_t)kind < ARRAY_LEN(texts));
	return texts[kind];
}

const struct json *json_member(const struct json *object, const char *name)
{
	if (!cJSON_IsObject(node(object)))
		return NULL;
	return wrap(cJSON_GetObjectItemCaseSensitive(node(object), name));
}

const struct json *json_first(const struct json *value)
{
	return wrap(node(value)->child);
}

const struct json *json_next(const struct json *value)
{
	return wrap(node(value)->next);
}

struct slice json_name(const struct json *value)
{
	return slice_from_str(node(value)->string);
}

size_t json_count(const struct json *value)
{
	size_t count = 0;

	for (const cJSON *child = node(value)->child; child; child = child->next)
		count++;
	return count;
}

bool json_str(const struct json *value, struct slice *ret)
{
	if (json_kind(value) != JSON_STRING)
		return false;
	*ret = slice_from_str(node(value)->valuestring);
	return true;
}

struct slice json_str_of(const struct json *object, const char *name)
{
	const struct json *value = json_member(object, name);
	struct slice text = SLICE_NONE;

	return value && json_str(value, &text) ? text : SLICE_NONE;
}

bool json_double(const struct json *value, double *ret)
{
	if (json_kind(value) != JSON_NUMBER)
		return false;
	*ret = node(value)->valuedouble;
	return true;
}

bool json_i64(const struct json *value, int64_t *ret)
{
	double number;

	if (!json_double(value, &number) || fabs(number) > max_exact_integer || trunc(number) != number)
		return false;
	*ret = (int64_t)number;
	return true;
}

bool json_bool(const struct json *value, bool *ret)
{
	if (json_kind(value) != JSON_BOOL)
		return false;
	*ret = cJSON_IsTrue(node(value));
	return true;
}

/* The member, when it is there and of this kind; else the error. *ret NULL (and true) when absent. */
static bool find_member(const struct json *object, const char *name, enum json_kind kind,
	const struct json **ret, struct err *err)
{
	const struct json *value = json_member(object, name);

	if (value && json_kind(value) != kind)
		return err_set(err, ERR_INVALID, "\"%s\" must be %s, not %s", name, json_kind_text(kind),
			json_kind_text(json_kind(value)));
	*ret = value;
	return true;
}

static bool missing(const char *name, struct err *err)
{
	return err_set(err, ERR_INVALID, "\"%s\" is missing", name);
}

bool json_opt_str(
	const struct json *object, const char *name, struct slice *ret, bool *ret_present, struct err *err)
{
	const struct json *value = NULL;

	if (!find_member(object, name, JSON_STRING, &value, err))
		return false;
	*ret_present = value && json_str(value, ret);
	return true;
}

bool json_opt_i64(
	const struct json *object, const char *name, int64_t *ret, bool *ret_present, struct err *err)
{
	const struct json *value = NULL;

	if (!find_member(object, name, JSON_NUMBER, &value, err))
		return false;
	if (value && !json_i64(value, ret))
		return err_set(err, ERR_INVALID, "\"%s\" must be a whole number within ±2^53", name);
	*ret_present = value != NULL;
	return true;
}

bool json_opt_bool(const struct json *object, const char *name, bool *ret, bool *ret_present, struct err *err)
{
	const struct json *value = NULL;

	if (!find_member(object, name, JSON_BOOL, &value, err))
		return false;
	*ret_present = value && json_bool(value, ret);
	return true;
}

static bool opt_container(const struct json *object, const char *name, enum json_kind kind,
	const struct json **ret, bool *ret_present, struct err *err)
{
	const struct json *value = NULL;

	if (!find_member(object, name, kind, &value, err))
		return false;
	if (value)
		*ret = value;
	*ret_present = value != NULL;
	return true;
}

bool json_opt_array(const struct json *object, const char *name, const struct json **ret, bool *ret_present,
	struct err *err)
{
	return opt_container(object, name, JSON_ARRAY, ret, ret_present, err);
}

bool json_opt_object(const struct json *object, const char *name, const struct json **ret, bool *ret_present,
	struct err *err)
{
	return opt_container(object, name, JSON_OBJECT, ret, ret_present, err);
}

bool json_get_str(const struct json *object, const char *name, struct slice *ret, struct err *err)
{
	bool present;

	return json_opt_str(object, name, ret, &present, err) && (present || missing(name, err));
}

bool json_get_i64(const struct json *object, const char *name, int64_t *ret, struct err *err)
{
	bool present;

	return json_opt_i64(object, name, ret, &present, err) && (present || missing(name, err));
}

bool json_get_bool(const struct json *object, const char *name, bool *ret, struct err *err)
{
	bool present;

	return json_opt_bool(object, name, ret, &present, err) && (present || missing(name, err));
}

bool json_get_array(const struct json *object, const char *name, const struct json **ret, struct err *err)
{
	bool present;

	return json_opt_array(object, name, ret, &present, err) && (present || missing(name, err));
}

bool json_get_object(const struct json *object, const char *name, const struct json **ret, struct err *err)
{
	bool present;

	return json_opt_object(object, name, ret, &present, err) && (present || missing(name, err));
}

bool json_only_members(
	const struct json *object, const char *const *names, size_t name_count, struct err *err)
{
	struct buf known;

	for (const cJSON *member = node(object)->child; member; member = member->next) {
		size_t i = 0;
		while (i < name_count && strcmp(member->string, names[i]) != 0)
			i++;
		if (i < name_count)
			continue;
		buf_init(&known, 0);
		for (i = 0; i < name_count; i++)
			buf_printf(&known, "%s%s", i > 0 ? ", " : "", names[i]);
		err_set(err, ERR_INVALID, "unknown field \"%.40s\"; known: %s", member->string,
			buf_str(&known));
		buf_done(&known);
		return false;
	}
	return true;
}
