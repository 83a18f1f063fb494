/*
 * users.c: the fleet's people, managed by administrators: listed, added, changed. Deleting one, which may
 * have to move proxies first, is users_delete.c; one's own password is password.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api-node/api.h"
#include "api-node/handlers/field_text.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/people_json.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/handlers/users.h"
#include "api-node/password_worker.h"
#include "api-node/records.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/crypto/password.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/password_rules.h"
#include "shared/model/proxy.h"
#include "shared/model/user.h"
#include "shared/model/validate.h"
#include "shared/store/store_result.h"
#include "shared/store/store_users.h"

/* The list has no limit of its own: so many users, of at most some 300 bytes each. */
static const struct json_limits list_limits = {.max_bytes = 64 * 1024 * 1024, .max_depth = 4};

/* What was asked for, kept while the password is hashed. */
struct user_form {
	char username[USERNAME_MAX_BYTES + 1]; /* "": not given */
	char role[16], active[2];              /* likewise */
	char password[USER_PASSWORD_MAX_BYTES + 1];
	char hash[PASSWORD_HASH_BYTES];
	enum { PASSWORD_NONE, PASSWORD_TYPED, PASSWORD_GENERATED } source;
};

static void form_free(void *arg)
{
	explicit_bzero(arg, sizeof(struct user_form));
	free(arg);
}

static int compare_counts(const void *a, const void *b)
{
	const struct user_count *left = a, *right = b;

	return (left->user_id > right->user_id) - (left->user_id < right->user_id);
}

void users_count_proxies(struct records *records, struct user_count *counts, size_t n)
{
	const struct record *const *all = records_by_number(records);

	for (size_t i = 0; i < records_count(records); i++) {
		const struct user_count key = {.user_id = all[i]->proxy->user_id};
		struct user_count *count = bsearch(&key, counts, n, sizeof(*counts), compare_counts);
		if (count)
			count->proxies++;
	}
}

static int64_t id_of(const struct json *user)
{
	const struct json *value = json_member(user, "id");
	int64_t id = 0;

	return value && json_i64(value, &id) ? id : 0;
}

static void put_user(struct json_writer *w, const struct json *user, uint64_t proxies)
{
	people_copy(w, user, "id");
	people_copy(w, user, "username");
	people_copy(w, user, "role");
	people_copy(w, user, "active");
	people_copy_time(w, user, "created_at");
	people_copy_time(w, user, "last_login_at");
	json_put_uint(w, "proxies", proxies);
}

static void reply_user(struct request *req, unsigned status, const struct json *user)
{
	const struct user_form *form = req->work;
	struct user_count count = {.user_id = id_of(user)};
	struct json_writer w;
	struct buf body;

	users_count_proxies(req->api->records, &count, 1);
	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	put_user(&w, user, count.proxies);
	if (form && form->source == PASSWORD_GENERATED)
		json_put_cstr(&w, "password", form->password);
	json_object_end(&w);
	reply_json(req, status, &body);
}

static void reply_list(struct request *req, const struct json *list)
{
	size_t n = 0;
	struct user_count *counts = mem_zalloc((json_count(list) + 1) * sizeof(*counts));
	struct json_writer w;
	struct buf body;

	for (const struct json *user = json_first(list); user; user = json_next(user))
		counts[n++].user_id = id_of(user);
	users_count_proxies(req->api->records, counts, n);
	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_array_begin(&w);
	n = 0;
	for (const struct json *user = json_first(list); user; user = json_next(user)) {
		json_object_begin(&w);
		put_user(&w, user, counts[n++].proxies);
		json_object_end(&w);
	}
	json_array_end(&w);
	free(counts);
	reply_json(req, 200, &body);
}

static void on_list(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct err err = {0};

	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	struct json *list = json_parse(store_result_str(result, "users"), &list_limits, &err);
	if (list)
		reply_list(req, list);
	else
		reply_unknown(req, err.msg);
	json_free(list);
}

void users_list(struct request *req)
{
	store_user_list(req->api->store, 0, on_list, req);
}

static void on_one(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct err err = {0};

	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	struct json *list = json_parse(store_result_str(result, "users"), NULL, &err);
	if (!list)
		reply_unknown(req, err.msg);
	else if (!json_first(list))
		reply_problem(req, 404, "err.not_found", NULL, "There is no such user.");
	else
		reply_user(req, 200, json_first(list));
	json_free(list);
}

void users_get(struct request *req)
{
	store_user_list(req->api->store, req->path_id, on_one, req);
}

bool users_refused(struct request *req, const struct store_result *result)
{
	switch (result->status) {
	case STORE_NOT_FOUND: reply_problem(req, 404, "err.not_found", NULL, "There is no such user."); break;
	case STORE_NAME_TAKEN: reply_problem(req, 409, "err.user_taken", NULL, NULL); break;
	case STORE_LAST_ADMIN: reply_problem(req, 409, "err.last_admin", NULL, NULL); break;
	case STORE_OK:
	case STORE_CREATED: return false;
	default: store_refusal_reply(req, result); break;
	}
	return true;
}

static void on_saved(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct err err = {0};

	if (users_refused(req, result))
		return;
	struct json *user = json_parse(store_result_str(result, "user"), NULL, &err);
	if (!user)
		reply_unknown(req, err.msg);
	else
		reply_user(req, result->status == STORE_CREATED ? 201 : 200, user);
	json_free(user);
}

static bool take_text(
	const struct json *body, const char *name, char *dst, size_t size, struct field_err *err)
{
	const struct json *value = json_member(body, name);
	struct slice text;

	if (!value)
		return true;
	if (!json_str(value, &text))
		return field_err_wanted(err, name, "err.type", "a string");
	/* Longer than the field is wrong anyway; the check that follows says so. */
	if (!slice_copy(text, dst, size))
		snprintf(dst, size, "?");
	return true;
}

static bool take_role(const struct json *body, struct user_form *form, struct field_err *err)
{
	enum user_role role;

	if (!take_text(body, "role", form->role, sizeof(form->role), err))
		return false;
	if (!json_member(body, "role") || user_role_parse(slice_from_str(form->role), &role))
		return true;
	field_err_wanted(err, "role", "err.choice", "admin, user, operator");
	return field_err_value(err, slice_from_str(form->role));
}

static bool take_active(const struct json *body, struct user_form *form, struct field_err *err)
{
	const struct json *value = json_member(body, "active");
	bool active;

	if (!value)
		return true;
	if (!json_bool(value, &active))
		return field_err_wanted(err, "active", "err.type", "true or false");
	snprintf(form->active, sizeof(form->active), "%d", active);
	return true;
}

/* null: one is generated. `username` is whose it will be, "" when not known. */
static bool take_password(const struct json *body, struct user_form *form, struct field_err *err)
{
	const struct json *value = json_member(body, "password");
	struct slice text;

	if (!value)
		return true;
	if (json_kind(value) == JSON_NULL) {
		form->source = PASSWORD_GENERATED;
		return true;
	}
	if (!json_str(value, &text))
		return field_err_wanted(err, "password", "err.type", "a string, or null for a generated one");
	if (!password_rules_check(text, slice_from_str(form->username), "password", err))
		return false;
	form->source = PASSWORD_TYPED;
	return slice_copy(text, form->password, sizeof(form->password)) ||
	       field_err_set(err, "password", "err.text_chars");
}

static bool take_form(const struct json *body, struct user_form *form, struct field_err *err)
{
	static const char *const names[] = {"username", "role", "active", "password"};

	return field_only_members(body, names, ARRAY_LEN(names), err) &&
	       take_text(body, "username", form->username, sizeof(form->username), err) &&
	       (!json_member(body, "username") || validate_username(slice_from_str(form->username), err)) &&
	       take_role(body, form, err) && take_active(body, form, err) && take_password(body, form, err);
}

/* The form in req->work; NULL after the refusal. */
static struct user_form *read_form(struct request *req)
{
	struct user_form *form = mem_zalloc(sizeof(*form));
	struct field_err err = {0};

	req->work = form;
	req->work_free = form_free;
	if (take_form(req->json, form, &err))
		return form;
	field_reply(req, &err);
	return NULL;
}

static void hash_then(struct request *req, struct user_form *form, password_hashed_fn *next)
{
	if (form->source == PASSWORD_GENERATED)
		password_generate(form->password);
	if (!password_worker_hash(req->api->passwords, slice_from_str(form->password), next, req))
		reply_busy(req, PASSWORD_RETRY_S, NULL);
}

static void create(const char *hash, void *arg)
{
	struct request *req = request_from(arg);
	struct user_form *form = req->work;

	if (!hash) {
		reply_unknown(req, "a password could not be hashed");
		return;
	}
	store_user_create(req->api->store, slice_from_str(form->username), slice_from_str(form->role),
		slice_from_str(hash), actor_of(req), on_saved, req);
}

void users_create(struct request *req)
{
	struct user_form *form = read_form(req);
	struct field_err err = {0};

	if (!form)
		return;
	if (form->username[0] == '\0' || form->active[0] != '\0') {
		if (form->username[0] == '\0')
			field_err_set(&err, "username", "err.required");
		else
			field_err_set(&err, "active", "err.unknown_field");
		field_reply(req, &err);
		return;
	}
	if (form->role[0] == '\0')
		snprintf(form->role, sizeof(form->role), "%s", user_role_text(ROLE_USER));
	if (form->source == PASSWORD_NONE)
		form->source = PASSWORD_GENERATED;
	hash_then(req, form, create);
}

static void update(const char *hash, void *arg)
{
	struct request *req = request_from(arg);
	const struct user_form *form = req->work;
	struct store_field list[4];
	size_t count = 0;

	if (form->source != PASSWORD_NONE && !hash) {
		reply_unknown(req, "a password could not be hashed");
		return;
	}
	if (form->username[0] != '\0')
		list[count++] = (struct store_field){"username", slice_from_str(form->username)};
	if (form->role[0] != '\0')
		list[count++] = (struct store_field){"role", slice_from_str(form->role)};
	if (form->active[0] != '\0')
		list[count++] = (struct store_field){"active", slice_from_str(form->active)};
	if (hash)
		list[count++] = (struct store_field){"password_hash", slice_from_str(hash)};
	/* An administrator who gives himself a new password stays signed in where he does it. */
	bool own =
		(uint64_t)req->caller.who.user_id == req->path_id && req->caller.who.means == MEANS_SESSION;
	store_user_update(req->api->store, req->path_id, actor_of(req),
		own ? slice_from_str(req->caller.session_hash) : SLICE_NONE,
		(struct store_fields){list, count}, on_saved, req);
}

/* The form named no user, but a password must not be the name of the one it is for. */
static void on_target(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct user_form *form = req->work;
	struct field_err err = {0};
	struct slice username = SLICE_NONE;

	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	struct json *list = json_parse(store_result_str(result, "users"), NULL, NULL);
	const struct json *name = list ? json_member(json_first(list), "username") : NULL;
	if (!name || !json_str(name, &username))
		reply_problem(req, 404, "err.not_found", NULL, "There is no such user.");
	else if (!password_rules_check(slice_from_str(form->password), username, "password", &err))
		field_reply(req, &err);
	else
		hash_then(req, form, update);
	json_free(list);
}

void users_update(struct request *req)
{
	struct user_form *form = read_form(req);

	if (!form)
		return;
	if (json_count(req->json) == 0)
		users_get(req); /* nothing to change */
	else if (form->source == PASSWORD_NONE)
		update(NULL, req);
	else if (form->source == PASSWORD_TYPED && form->username[0] == '\0')
		store_user_list(req->api->store, req->path_id, on_target, req);
	else
		hash_then(req, form, update);
}
