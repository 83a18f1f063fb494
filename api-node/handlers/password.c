/*
 * password.c: one's own new password.
 *
 *	password_change → rules → login_attempt (the same limit as signing in) → user_by_name
 *		→ is the old one right? → login_result → hash of the new one
 *		→ user_set_password.lua: every other session ends
 */
#include <stdlib.h>
#include <string.h>

#include "api-node/api.h"
#include "api-node/handlers/auth_limit.h"
#include "api-node/handlers/field_text.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/password_worker.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/json/json.h"
#include "shared/model/password_rules.h"
#include "shared/model/validate.h"
#include "shared/store/store_people.h"
#include "shared/store/store_result.h"

struct change {
	struct slice old_password, new_password; /* into req->json */
	struct auth_keys keys;
};

static void on_set(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);

	if (result->status == STORE_OK)
		reply_empty(req, 204);
	else if (result->status == STORE_NOT_FOUND)
		reply_problem(req, 401, "err.session", NULL, NULL);
	else
		store_refusal_reply(req, result);
}

static void on_hashed(const char *hash, void *arg)
{
	struct request *req = request_from(arg);

	if (!hash) {
		reply_unknown(req, "a password could not be hashed");
		return;
	}
	store_user_set_password(req->api->store, (uint64_t)req->caller.who.user_id, slice_from_str(hash),
		slice_from_str(req->caller.session_hash), actor_of(req), on_set, req);
}

static void ignore(const struct store_result *result, void *arg)
{
	(void)result;
	(void)arg;
}

static void on_verified(bool matches, void *arg)
{
	struct request *req = request_from(arg);
	struct change *change = req->work;
	struct field_err field = {0};

	store_login_result(req->api->store, slice_from_str(change->keys.user),
		slice_from_str(change->keys.address), matches ? STORE_LOGIN_GOOD : STORE_LOGIN_BAD,
		slice_from_str(req->caller.who.username), ignore, NULL);
	if (!matches) {
		log_notice("password change refused", log_str("user", req->caller.who.username));
		field_err_set(&field, "old_password", "err.old_password");
		field_reply(req, &field);
	} else if (!password_worker_hash(req->api->passwords, change->new_password, on_hashed, req)) {
		reply_busy(req, PASSWORD_RETRY_S, NULL);
	}
}

static void on_user(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct change *change = req->work;

	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	struct slice stored = store_result_str(result, "password_hash");
	char *hash = mem_strndup(stored.data, stored.len);
	if (!password_worker_verify(req->api->passwords, hash, change->old_password, on_verified, req))
		reply_busy(req, PASSWORD_RETRY_S, NULL);
	free(hash);
}

static void on_attempt(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);

	if (!auth_attempt_refused(req, result))
		store_user_by_name(req->api->store, slice_from_str(req->caller.who.username), on_user, req);
}

static bool take_password(const struct json *body, const char *name, struct slice *ret, struct field_err *err)
{
	const struct json *value = json_member(body, name);

	if (!value)
		return field_err_set(err, name, "err.required");
	return json_str(value, ret) || field_err_wanted(err, name, "err.type", "a string");
}

static bool take_body(struct request *req, struct change *change, struct field_err *err)
{
	static const char *const names[] = {"old_password", "new_password"};

	return field_only_members(req->json, names, ARRAY_LEN(names), err) &&
	       take_password(req->json, "old_password", &change->old_password, err) &&
	       take_password(req->json, "new_password", &change->new_password, err) &&
	       password_rules_check(
		       change->new_password, slice_from_str(req->caller.who.username), "new_password", err);
}

void password_change(struct request *req)
{
	struct change *change = mem_zalloc(sizeof(*change));
	struct field_err field = {0};

	req->work = change;
	req->work_free = free;
	if (!take_body(req, change, &field)) {
		field_reply(req, &field);
		return;
	}
	auth_keys_make(&change->keys, slice_from_str(req->caller.who.username), &req->peer);
	store_login_attempt(req->api->store, slice_from_str(change->keys.user),
		slice_from_str(change->keys.address), on_attempt, req);
}
