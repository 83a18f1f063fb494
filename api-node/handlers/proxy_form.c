/* proxy_form.c: see proxy_form.h. */
#include "api-node/handlers/proxy_form.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/ensure.h"
#include "shared/json/json.h"
#include "shared/model/given.h"
#include "shared/model/validate.h"

typedef bool text_check_fn(struct slice text, struct field_err *err);
typedef bool number_check_fn(int64_t value, struct field_err *err);
typedef bool list_check_fn(const struct json *value, struct buf *record, struct field_err *err);

enum { USE_CREATE = 1, USE_EDIT = 2, USE_BOTH = 3 };

/* Every member a client may write: exactly one of the checks, or a kind without one. */
static const struct member {
	const char *name;
	const char *field; /* of the record, when it has another name */
	unsigned use;
	enum { TEXT, NAME, REGION, NUMBER, LIST, FLAG, TIME, USER_ID, RAW_TEXT } kind;
	text_check_fn *text;
	number_check_fn *number;
	list_check_fn *list;
} members[] = {
	{"key_name", NULL, USE_BOTH, NAME, .text = validate_key_name},
	{"kiotproxy_key", "provider_key", USE_BOTH, TEXT, .text = validate_provider_key},
	{"provider_key", NULL, USE_BOTH, TEXT, .text = validate_provider_key},
	{"provider", NULL, USE_CREATE, TEXT, .text = validate_provider},
	{"upstream", NULL, USE_CREATE, RAW_TEXT, .text = NULL},
	{"region", NULL, USE_BOTH, REGION, .text = NULL},
	{"password", NULL, USE_BOTH, TEXT, .text = validate_proxy_password},
	{"allow", NULL, USE_BOTH, LIST, .list = validate_allow},
	{"tags", NULL, USE_BOTH, LIST, .list = validate_tags},
	{"note", NULL, USE_BOTH, TEXT, .text = validate_note},
	{"is_active", NULL, USE_EDIT, FLAG, .text = NULL},
	{"on_rotate", NULL, USE_BOTH, TEXT, .text = validate_on_rotate},
	{"drain_seconds", NULL, USE_BOTH, NUMBER, .number = validate_drain_seconds},
	{"rotate_mode", NULL, USE_BOTH, TEXT, .text = validate_rotate_mode},
	{"rotate_interval_minutes", NULL, USE_BOTH, NUMBER, .number = validate_rotate_interval_minutes},
	{"rotate_idle_only", NULL, USE_BOTH, FLAG, .text = NULL},
	{"limits", NULL, USE_BOTH, LIST, .list = validate_limits},
	{"paid_until", NULL, USE_BOTH, TIME, .text = NULL},
	{"price_vnd", NULL, USE_BOTH, NUMBER, .number = validate_price_vnd},
	{"plan_days", NULL, USE_BOTH, NUMBER, .number = validate_plan_days},
	{"user_id", NULL, USE_EDIT, USER_ID, .text = NULL},
};

void proxy_form_init(struct proxy_form *form)
{
	form->count = 0;
	buf_init(&form->text, 0);
}

void proxy_form_done(struct proxy_form *form)
{
	if (form->text.data)
		explicit_bzero(form->text.data, form->text.cap);
	buf_done(&form->text);
	form->count = 0;
}

static size_t find(const struct proxy_form *form, const char *name)
{
	size_t i = 0;

	while (i < form->count && strcmp(form->fields[i].name, name) != 0)
		i++;
	return i;
}

void proxy_form_set(struct proxy_form *form, const char *name, struct slice value)
{
	size_t i = find(form, name);

	ensure(i < PROXY_FORM_FIELDS_MAX);
	if (i == form->count)
		form->count++;
	form->fields[i].name = name;
	form->fields[i].at = form->text.len;
	form->fields[i].len = value.len;
	buf_append_slice(&form->text, value);
	buf_append_char(&form->text, '\0');
}

void proxy_form_set_int(struct proxy_form *form, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	proxy_form_set(form, name, slice_from_str(text));
}

bool proxy_form_get(const struct proxy_form *form, const char *name, struct slice *ret_value)
{
	size_t i = find(form, name);

	if (i == form->count)
		return false;
	*ret_value = slice_of(form->text.data + form->fields[i].at, form->fields[i].len);
	return true;
}

void proxy_form_copy(struct proxy_form *form, const struct proxy_form *from)
{
	for (size_t i = 0; i < from->count; i++)
		proxy_form_set(form, from->fields[i].name,
			slice_of(from->text.data + from->fields[i].at, from->fields[i].len));
}

void proxy_form_drop(struct proxy_form *form, const char *name)
{
	size_t i = find(form, name);

	if (i < form->count)
		form->fields[i] = form->fields[--form->count];
}

struct store_fields proxy_form_fields(struct proxy_form *form)
{
	for (size_t i = 0; i < form->count; i++)
		form->list[i] = (struct store_field){form->fields[i].name,
			slice_of(form->text.data + form->fields[i].at, form->fields[i].len)};
	return (struct store_fields){form->list, form->count};
}

/* What a member of this kind must be, for the message. */
static const char *wanted_of(const struct member *member)
{
	switch (member->kind) {
	case NUMBER:
	case USER_ID: return "a whole number";
	case FLAG: return "true or false";
	case TIME: return "a time such as \"2026-01-31T12:00:00Z\", or null";
	case LIST: return "a list";
	case TEXT:
	case NAME:
	case REGION:
	case RAW_TEXT: break;
	}
	return "a string";
}

static bool take_text(
	struct proxy_form *form, const struct member *member, const struct json *value, struct field_err *err)
{
	struct slice text;

	if (!json_str(value, &text))
		return field_err_wanted(err, member->name, "err.type", wanted_of(member));
	if (member->kind == NAME)
		text = slice_trim(text, " "); /* as pasted lines are */
	if (member->kind == REGION && !validate_region(&text, err))
		return false;
	if (member->text && !member->text(text, err)) {
		err->field = member->name; /* the client's own name for it */
		return false;
	}
	proxy_form_set(form, member->field ? member->field : member->name, text);
	return true;
}

static bool take_number(
	struct proxy_form *form, const struct member *member, const struct json *value, struct field_err *err)
{
	int64_t number;

	if (!json_i64(value, &number))
		return field_err_wanted(err, member->name, "err.type", wanted_of(member));
	if (member->kind == USER_ID && (number < 1 || number > INT32_MAX))
		return field_err_range(err, member->name, "err.range", 1, INT32_MAX);
	if (member->number && !member->number(number, err))
		return false;
	proxy_form_set_int(form, member->name, number);
	return true;
}

/* null takes the date away. */
static bool take_time(
	struct proxy_form *form, const struct member *member, const struct json *value, struct field_err *err)
{
	struct slice text;
	int64_t at_ms = 0;

	if (json_kind(value) != JSON_NULL) {
		if (!json_str(value, &text))
			return field_err_wanted(err, member->name, "err.type", wanted_of(member));
		if (!given_time(text, &at_ms))
			return field_err_set(err, member->name, "err.time");
	}
	proxy_form_set_int(form, member->name, at_ms);
	return true;
}

static bool take_list(
	struct proxy_form *form, const struct member *member, const struct json *value, struct field_err *err)
{
	struct buf record;

	buf_init(&record, 0);
	bool ok = member->list(value, &record, err);
	if (ok)
		proxy_form_set(form, member->name, buf_slice(&record));
	buf_done(&record);
	return ok;
}

static bool take_flag(
	struct proxy_form *form, const struct member *member, const struct json *value, struct field_err *err)
{
	bool flag;

	if (!json_bool(value, &flag))
		return field_err_wanted(err, member->name, "err.type", wanted_of(member));
	proxy_form_set(form, member->name, flag ? SLICE_LIT("1") : SLICE_LIT("0"));
	return true;
}

static bool take_member(
	struct proxy_form *form, const struct member *member, const struct json *value, struct field_err *err)
{
	switch (member->kind) {
	case TEXT:
	case NAME:
	case REGION:
	case RAW_TEXT: return take_text(form, member, value, err);
	case NUMBER:
	case USER_ID: return take_number(form, member, value, err);
	case LIST: return take_list(form, member, value, err);
	case FLAG: return take_flag(form, member, value, err);
	case TIME: return take_time(form, member, value, err);
	}
	return field_err_wanted(err, member->name, "err.type", wanted_of(member));
}

static const struct member *find_member(struct slice name, enum proxy_form_use use)
{
	unsigned bit = use == FORM_CREATE ? USE_CREATE : USE_EDIT;

	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		if ((members[i].use & bit) && slice_eq_str(name, members[i].name))
			return &members[i];
	return NULL;
}

/* A member that may not be written here: one that GET shows, one of the creation, or none at all. */
static bool refuse_name(struct slice name, enum proxy_form_use use, struct field_err *err)
{
	static const char *const shown[] = {"id", "subdomain", "number", "endpoint", "endpoints", "status",
		"rotate_link", "remote_http", "remote_socks5", "remote_ip", "location", "created_at",
		"version"};
	const char *message_id = "err.unknown_field";

	for (size_t i = 0; i < ARRAY_LEN(shown); i++)
		if (slice_eq_str(name, shown[i]))
			message_id = "err.not_settable";
	if (use == FORM_EDIT && slice_eq_str(name, "provider"))
		message_id = "err.only_at_creation";
	field_err_set(err, NULL, message_id);
	return field_err_name(err, name);
}

/* What else the same field may be called; the name itself when it just came twice. */
static const char *other_name(const struct member *member)
{
	const char *field = member->field ? member->field : member->name;

	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		if (&members[i] != member &&
			strcmp(members[i].field ? members[i].field : members[i].name, field) == 0)
			return members[i].name;
	return member->name;
}

static bool take_named(
	struct proxy_form *form, const struct json *value, enum proxy_form_use use, struct field_err *err)
{
	const struct member *member = find_member(json_name(value), use);

	if (!member)
		return refuse_name(json_name(value), use, err);
	if (find(form, member->field ? member->field : member->name) < form->count)
		return field_err_wanted(err, member->name, "err.not_both", other_name(member));
	return take_member(form, member, value, err);
}

bool proxy_form_take_others(struct proxy_form *form, const struct json *body, enum proxy_form_use use,
	const char *const *others, size_t count, struct field_err *err)
{
	for (const struct json *value = json_first(body); value; value = json_next(value)) {
		size_t i = 0;
		while (i < count && !slice_eq_str(json_name(value), others[i]))
			i++;
		if (i == count && !take_named(form, value, use, err))
			return false;
	}
	return true;
}

bool proxy_form_take(
	struct proxy_form *form, const struct json *body, enum proxy_form_use use, struct field_err *err)
{
	return proxy_form_take_others(form, body, use, NULL, 0, err);
}
