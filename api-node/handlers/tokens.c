/*
 * tokens.c: API tokens: made by a person, shown once, revoked by that person or an administrator. A program
 * sends one as `Authorization: Bearer kp_…` and may then do what its person may, or only read it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api-node/api.h"
#include "api-node/handlers/field_text.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/people_json.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/handlers/query.h"
#include "api-node/records.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/crypto/token.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/given.h"
#include "shared/model/validate.h"
#include "shared/store/store_result.h"
#include "shared/store/store_tokens.h"

enum { HINT_CHARS = 7 /* "kp_" and four more: of 43, enough to tell tokens apart */ };

/* The list has no limit of its own: so many tokens, of at most some 400 bytes each. */
static const struct json_limits list_limits = {.max_bytes = 64 * 1024 * 1024, .max_depth = 4};

static void put_token(struct json_writer *w, const struct request *req, const struct json *token)
{
	const struct json *value = json_member(token, "expires_at");
	int64_t expires_at;
	bool expired =
		value && json_i64(value, &expires_at) && expires_at <= records_now_ms(req->api->records);

	people_copy(w, token, "id");
	people_copy(w, token, "user_id");
	people_copy(w, token, "username");
	people_copy(w, token, "name");
	people_copy(w, token, "hint");
	people_copy(w, token, "read_only");
	people_copy_time(w, token, "created_at");
	people_copy_time(w, token, "expires_at");
	people_copy_time(w, token, "last_used_at");
	json_put_bool(w, "expired", expired);
}

static void on_list(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct err err = {0};
	struct json_writer w;
	struct buf body;

	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	struct json *list = json_parse(store_result_str(result, "tokens"), &list_limits, &err);
	if (!list) {
		reply_unknown(req, err.msg);
		return;
	}
	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_array_begin(&w);
	for (const struct json *token = json_first(list); token; token = json_next(token)) {
		json_object_begin(&w);
		put_token(&w, req, token);
		json_object_end(&w);
	}
	json_array_end(&w);
	json_free(list);
	reply_json(req, 200, &body);
}

/* One's own; for administrators also ?user_id=<id>, or ?all=true. */
void tokens_list(struct request *req)
{
	uint64_t own = (uint64_t)req->caller.who.user_id, user_id = own;
	bool all = false;

	if (!query_number(req, "user_id", 1, QUERY_ID_MAX, &user_id) || !query_flag(req, "all", &all))
		return;
	if ((all || user_id != own) && !user_role_may(req->caller.who.role, MAY_MANAGE_FLEET)) {
		reply_problem(req, 403, "err.forbidden", NULL, "Only administrators see others' tokens.");
		return;
	}
	store_token_list(req->api->store, all ? 0 : user_id, on_list, req);
}

struct creation {
	char text[API_TOKEN_TEXT_BYTES]; /* the token itself */
	char hash[SHA256_HEX_BYTES];
	char hint[HINT_CHARS + 1];
};

static void creation_free(void *arg)
{
	explicit_bzero(arg, sizeof(struct creation));
	free(arg);
}

static void reply_created(struct request *req, const struct store_result *result)
{
	struct creation *creation = req->work;
	struct err err = {0};
	struct json_writer w;
	struct buf body;

	struct json *token = json_parse(store_result_str(result, "token"), NULL, &err);
	if (!token) {
		reply_unknown(req, err.msg);
		return;
	}
	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	put_token(&w, req, token);
	json_put_cstr(&w, "token", creation->text);
	json_object_end(&w);
	json_free(token);
	reply_json(req, 201, &body);
}

static void on_created(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct field_err field = {0};
	char params[32];

	switch (result->status) {
	case STORE_CREATED: reply_created(req, result); return;
	case STORE_NAME_TAKEN:
		reply_problem(req, 409, "err.name_taken", NULL,
			"You have a token of this name already; revoke it first, or take another name.");
		return;
	case STORE_LIMIT:
		snprintf(params, sizeof(params), "{\"max\":%llu}",
			(unsigned long long)store_result_uint(result, "max"));
		reply_problem(req, 409, "err.limit", params, NULL);
		return;
	case STORE_INVALID:
		if (!slice_eq_str(store_result_str(result, "field"), "expires_at"))
			break;
		field_err_set(&field, "expires_at", "err.future");
		field_reply(req, &field);
		return;
	case STORE_NOT_FOUND: reply_problem(req, 401, "err.session", NULL, NULL); return;
	default: break;
	}
	store_refusal_reply(req, result);
}

static bool take_expiry(const struct json *body, int64_t *ret_at_ms, struct field_err *err)
{
	const struct json *value = json_member(body, "expires_at");
	struct slice text;

	*ret_at_ms = 0;
	if (!value || json_kind(value) == JSON_NULL)
		return true;
	if (!json_str(value, &text))
		return field_err_wanted(
			err, "expires_at", "err.type", "a time such as \"2026-01-31T12:00:00Z\", or null");
	if (!given_time(text, ret_at_ms))
		return field_err_set(err, "expires_at", "err.time");
	return true;
}

static bool take_body(const struct json *body, struct store_token *token, struct field_err *err)
{
	static const char *const names[] = {"name", "expires_at", "read_only"};
	bool read_only = false;

	if (!field_only_members(body, names, ARRAY_LEN(names), err))
		return false;
	const struct json *value = json_member(body, "name");
	if (!value)
		return field_err_set(err, "name", "err.required");
	if (!json_str(value, &token->name))
		return field_err_wanted(err, "name", "err.type", "a string");
	value = json_member(body, "read_only");
	if (value && !json_bool(value, &read_only))
		return field_err_wanted(err, "read_only", "err.type", "true or false");
	token->access = read_only ? STORE_TOKEN_READ_ONLY : STORE_TOKEN_READ_WRITE;
	return validate_token_name(token->name, err) && take_expiry(body, &token->expires_at, err);
}

void tokens_create(struct request *req)
{
	struct store_token token = {.user_id = (uint64_t)req->caller.who.user_id};
	struct field_err field = {0};
	struct creation *creation;

	if (!take_body(req->json, &token, &field)) {
		field_reply(req, &field);
		return;
	}
	creation = mem_zalloc(sizeof(*creation));
	req->work = creation;
	req->work_free = creation_free;
	api_token_generate(creation->text);
	token_hash(slice_from_str(creation->text), creation->hash);
	memcpy(creation->hint, creation->text, HINT_CHARS);
	token.hash = slice_from_str(creation->hash);
	token.hint = slice_from_str(creation->hint);
	store_token_create(req->api->store, &token, actor_of(req), on_created, req);
}

static void on_revoked(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);

	if (result->status == STORE_OK)
		reply_empty(req, 204);
	else if (result->status == STORE_NOT_FOUND)
		reply_problem(req, 404, "err.not_found", NULL, "There is no such token.");
	else
		store_refusal_reply(req, result);
}

void tokens_revoke(struct request *req)
{
	bool any = user_role_may(req->caller.who.role, MAY_MANAGE_FLEET);

	store_token_revoke(req->api->store, req->path_id, any ? 0 : (uint64_t)req->caller.who.user_id,
		actor_of(req), on_revoked, req);
}
