/*
 * old_data.c: see old_data.h. The tables below are the format: the tool's own names first, then what other
 * versions and hands have called the same.
 */
#include "api-node/import/old_data.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api-node/import/old_field.h"
#include "shared/base/ensure.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"

static const struct old_field user_fields[] = {
	{{"id", "user_id"}, NULL, OLD_ID},
	{{"username", "name", "user"}, "username", OLD_USERNAME},
	{{"password", "password_hash", "hashed_password", "hash"}, "password_hash", OLD_HASH},
	{{"role", "is_admin", "admin"}, "role", OLD_ROLE},
	{{"is_active", "active", "enabled"}, "active", OLD_FLAG},
	{{"created_at"}, "created_at", OLD_TIME},
};

static const struct old_field proxy_fields[] = {
	{{"id", "proxy_id"}, NULL, OLD_ID},
	{{"user_id", "owner_id", "owner"}, "user_id", OLD_NUMBER},
	{{"key_name", "name"}, "key_name", OLD_TEXT},
	{{"kiotproxy_key", "provider_key", "api_key", "key"}, "provider_key", OLD_KEY},
	{{"subdomain"}, "subdomain", OLD_NAME},
	{{"region"}, "region", OLD_REGION},
	{{"is_active", "active", "enabled"}, "is_active", OLD_FLAG},
	{{"remote_http"}, "remote_http", OLD_UPSTREAM},
	{{"remote_socks5"}, "remote_socks5", OLD_UPSTREAM},
	{{"remote_ip"}, "remote_ip", OLD_ADDRESS},
	{{"location"}, "location", OLD_TEXT},
	{{"expiration_at"}, "expiration_at", OLD_TIME},
	{{"next_request_at"}, "next_request_at", OLD_TIME},
	{{"ttl"}, "ttl", OLD_NUMBER},
	{{"ttc"}, "ttc", OLD_NUMBER},
	{{"last_rotated_at"}, "last_rotated_at", OLD_TIME},
	{{"latency_ms"}, "latency_ms", OLD_NUMBER},
	{{"last_check_at"}, "last_check_at", OLD_TIME},
	{{"restart_seq"}, "restart_seq", OLD_NUMBER},
	{{"created_at"}, "created_at", OLD_TIME},
	{{"note"}, "note", OLD_TEXT},
};

static const struct old_field log_fields[] = {
	{{"id"}, NULL, OLD_ID},
	{{"proxy_id"}, "proxy_id", OLD_NUMBER},
	{{"action"}, "action", OLD_WORD},
	{{"region"}, "region", OLD_REGION},
	{{"status"}, "status", OLD_WORD},
	{{"details", "message"}, "details", OLD_TEXT},
	{{"timestamp", "created_at", "time"}, "at", OLD_TIME},
};

static const struct old_field settings_fields[] = {
	{{"auto_rotate_on_expiration"}, "auto_rotate_on_expiration", OLD_FLAG},
	{{"auto_rotate_interval_enabled"}, "auto_rotate_interval_enabled", OLD_FLAG},
	{{"auto_rotate_interval_minutes"}, "auto_rotate_interval_minutes", OLD_NUMBER},
	{{"auto_update_enabled"}, "auto_update_enabled", OLD_FLAG},
	{{"auto_update_interval_seconds"}, "auto_update_interval_seconds", OLD_NUMBER},
};

static const struct old_table {
	const char *names[OLD_NAMES_MAX]; /* of the list in the document */
	const struct old_field *fields;
	size_t field_count;
	const char *required[2]; /* fields without which an item is refused */
} tables[IMPORT_KIND_COUNT] = {
	[IMPORT_USER] = {{"users"}, user_fields, ARRAY_LEN(user_fields), {"username", "password_hash"}},
	[IMPORT_PROXY] = {{"proxy_keys", "proxies", "keys"}, proxy_fields, ARRAY_LEN(proxy_fields),
		{"provider_key"}},
	[IMPORT_LOG] = {{"logs", "history"}, log_fields, ARRAY_LEN(log_fields), {"action", "at"}},
};

static size_t field_of(const struct old_field *fields, size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < OLD_NAMES_MAX && fields[i].names[j]; j++)
			if (slice_eq_str(name, fields[i].names[j]))
				return i;
	return count;
}

/* One item while it is read. */
struct reading {
	struct import_list *list;
	enum import_kind kind;
	enum upstream_policy policy;
	const struct old_table *table;
	struct json_writer w; /* into list->text */
	struct buf ignored;   /* names, "a,b" */
	uint32_t taken;       /* bit per field of the table */
	int64_t from_id;
	char bad_field[IMPORT_DETAIL_BYTES]; /* the first required one that cannot be read */
};

static bool has(const struct reading *r, const char *field)
{
	for (size_t i = 0; i < r->table->field_count; i++)
		if (r->table->fields[i].field && strcmp(r->table->fields[i].field, field) == 0)
			return r->taken & 1u << i;
	return false;
}

static void ignore(struct reading *r, struct slice name)
{
	import_list_ignore(r->list, r->kind, name);
	if (r->ignored.len > 0)
		buf_append_char(&r->ignored, ',');
	buf_append_slice(&r->ignored, name);
}

static void read_member(struct reading *r, struct slice name, const struct json *value)
{
	const struct old_table *table = r->table;
	size_t i = field_of(table->fields, table->field_count, name);

	if (i == table->field_count) {
		ignore(r, name);
		return;
	}
	if (json_kind(value) == JSON_NULL || r->taken & 1u << i)
		return; /* nothing, or said before under another name */
	if (table->fields[i].shape == OLD_ID && !old_number(value, &r->from_id))
		r->from_id = 0;
	if (old_field_write(&r->w, &table->fields[i], value, r->policy))
		r->taken |= 1u << i;
	else
		ignore(r, name);
}

/* What an item has by default where the file says nothing. */
static void write_defaults(struct reading *r, const char *role)
{
	switch (r->kind) {
	case IMPORT_USER:
		if (!has(r, "role"))
			json_put_cstr(&r->w, "role", role);
		if (!has(r, "active"))
			json_put_cstr(&r->w, "active", "1");
		break;
	case IMPORT_PROXY:
		json_put_cstr(&r->w, "provider", "kiotproxy");
		if (!has(r, "is_active"))
			json_put_cstr(&r->w, "is_active", "1");
		if (!has(r, "region"))
			json_put_cstr(&r->w, "region", "random");
		break;
	default: break;
	}
}

/* How the item itself calls this field of ours, or how the tool does. */
static struct slice name_in_file(const struct reading *r, const struct json *item, const char *field)
{
	const struct old_table *table = r->table;
	size_t i = 0;

	while (i < table->field_count - 1 &&
		(!table->fields[i].field || strcmp(table->fields[i].field, field) != 0))
		i++;
	for (const struct json *member = json_first(item); member; member = json_next(member))
		if (field_of(table->fields, table->field_count, json_name(member)) == i)
			return json_name(member);
	return slice_from_str(table->fields[i].names[0]);
}

/* SLICE_NONE when it has all that is required. */
static struct slice missing_field(const struct reading *r, const struct json *item)
{
	for (size_t i = 0; i < ARRAY_LEN(r->table->required); i++)
		if (r->table->required[i] && !has(r, r->table->required[i]))
			return name_in_file(r, item, r->table->required[i]);
	return SLICE_NONE;
}

/* `key`: the member's name where the list is an object: an id or a user's name. */
static void read_item(struct import_list *list, enum import_kind kind, const struct json *value,
	struct slice key, enum upstream_policy policy, const char *role)
{
	struct reading r = {.list = list, .kind = kind, .policy = policy, .table = &tables[kind]};
	size_t at = list->text.len;
	uint64_t id;

	buf_init(&r.ignored, 0);
	json_writer_init(&r.w, &list->text);
	json_object_begin(&r.w);
	for (const struct json *member = json_first(value); member; member = json_next(member))
		read_member(&r, json_name(member), member);
	if (r.from_id == 0 && slice_parse_u64(key, &id) && id < INT64_MAX)
		r.from_id = (int64_t)id;
	write_defaults(&r, role);
	json_object_end(&r.w);
	struct import_item *item = import_list_add(list, kind, r.from_id);
	item->at = at;
	item->len = list->text.len - at;
	item->ignored_at = list->text.len;
	item->ignored_len = r.ignored.len;
	buf_append_slice(&list->text, buf_slice(&r.ignored));
	struct slice missing = missing_field(&r, value);
	if (json_kind(value) != JSON_OBJECT)
		import_item_decide(item, RESULT_REFUSED, "import.no_object", SLICE_NONE);
	else if (missing.len > 0)
		import_item_decide(item, RESULT_REFUSED, "import.field", missing);
	buf_done(&r.ignored);
}

/* The tool knew no roles: whoever was there could do everything. Its first user is the administrator here. */
static const struct json *first_user(const struct json *users)
{
	const struct json *first = NULL;
	int64_t lowest = 0, id;

	for (const struct json *user = json_first(users); user; user = json_next(user)) {
		if (json_member(user, "role") || json_member(user, "is_admin") || json_member(user, "admin"))
			return NULL; /* this file does know them */
		const struct json *value = json_member(user, "id");
		if (!value || !old_number(value, &id))
			id = INT64_MAX;
		if (!first || id < lowest) {
			first = user;
			lowest = id;
		}
	}
	return first;
}

static void read_list(struct import_list *list, enum import_kind kind, const struct json *values,
	enum upstream_policy policy)
{
	const struct json *admin = kind == IMPORT_USER ? first_user(values) : NULL;

	for (const struct json *value = json_first(values); value; value = json_next(value))
		read_item(list, kind, value, json_name(value), policy, value == admin ? "admin" : "user");
}

static void read_settings(struct import_list *list, const struct json *settings)
{
	struct json_writer w;

	list->settings_at = list->text.len;
	json_writer_init(&w, &list->text);
	json_object_begin(&w);
	for (const struct json *member = json_first(settings); member; member = json_next(member)) {
		size_t i = field_of(settings_fields, ARRAY_LEN(settings_fields), json_name(member));
		if (i == ARRAY_LEN(settings_fields) ||
			!old_field_write(&w, &settings_fields[i], member, UPSTREAM_PUBLIC_ONLY))
			import_list_ignore(list, IMPORT_KIND_COUNT, json_name(member));
	}
	json_object_end(&w);
	list->settings_len = list->text.len - list->settings_at;
}

static enum import_kind kind_of_list(struct slice name)
{
	for (size_t kind = 0; kind < IMPORT_KIND_COUNT; kind++)
		for (size_t j = 0; j < OLD_NAMES_MAX && tables[kind].names[j]; j++)
			if (slice_eq_str(name, tables[kind].names[j]))
				return (enum import_kind)kind;
	return IMPORT_KIND_COUNT;
}

bool old_data_read(
	const struct json *root, enum upstream_policy policy, struct import_list *list, struct err *err)
{
	bool any = false;

	for (const struct json *member = json_first(root); member; member = json_next(member)) {
		enum import_kind kind = kind_of_list(json_name(member));
		bool is_settings = slice_eq_str(json_name(member), "settings");
		bool has_shape = json_kind(member) == JSON_ARRAY || json_kind(member) == JSON_OBJECT;
		if ((kind < IMPORT_KIND_COUNT && !has_shape && json_kind(member) != JSON_NULL) ||
			(is_settings && json_kind(member) != JSON_OBJECT && json_kind(member) != JSON_NULL))
			return err_set(err, ERR_INVALID, "%.*s must be %s", SLICE_ARG(json_name(member)),
				is_settings ? "an object" : "a list");
		if (kind < IMPORT_KIND_COUNT && has_shape)
			read_list(list, kind, member, policy);
		else if (is_settings && json_kind(member) == JSON_OBJECT)
			read_settings(list, member);
		else
			import_list_ignore(list, IMPORT_KIND_COUNT, json_name(member));
		any = any || is_settings || kind < IMPORT_KIND_COUNT;
	}
	return any ||
	       err_set(err, ERR_INVALID,
		       "this is neither a data.json (it has no users, proxy_keys, logs or settings) nor a backup");
}
