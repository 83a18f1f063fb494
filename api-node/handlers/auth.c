/*
 * auth.c: signing in and out.
 *
 *	auth_login → login_attempt (rate limit) → user_by_name → password thread → login_result
 *	           → session_create → 200 with the cookie
 * An unknown user, a disabled one and a wrong password answer alike, at the same cost.
 */
#include <stdlib.h>
#include <string.h>

#include "api-node/api.h"
#include "api-node/credentials.h"
#include "api-node/handlers/auth_limit.h"
#include "api-node/handlers/field_text.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/password_worker.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/crypto/password.h"
#include "shared/crypto/token.h"
#include "shared/json/json_writer.h"
#include "shared/model/validate.h"
#include "shared/store/store_people.h"
#include "shared/store/store_result.h"
#include "shared/store/store_users.h"

#define SESSION_IDLE_MS     (7ull * 24 * 60 * 60 * 1000)
#define SESSION_ABSOLUTE_MS (30ull * 24 * 60 * 60 * 1000)

enum { SESSION_COOKIE_MAX_AGE_S = 30 * 24 * 60 * 60 };

struct login {
	struct slice username, password; /* into req->json */
	struct auth_keys keys;
	struct session who;
	char hash[PASSWORD_HASH_BYTES]; /* as stored */
	enum { USER_UNKNOWN, USER_KNOWN } user;
	char token[TOKEN_TEXT_BYTES];
};

static void login_free(void *arg)
{
	struct login *login = arg;

	explicit_bzero(login, sizeof(*login));
	free(login);
}

static void ignore(const struct store_result *result, void *arg)
{
	(void)result;
	(void)arg;
}

static void put_user(struct json_writer *w, const struct session *who)
{
	json_key(w, "user");
	session_write_user(w, who);
}

static void on_session(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct login *login = req->work;
	struct json_writer w;
	struct buf body;

	if (result->status == STORE_NOT_FOUND) {
		reply_problem(req, 401, "err.login", NULL, NULL);
		return;
	}
	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	reply_header(req, "Set-Cookie", "session_id=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s",
		login->token, SESSION_COOKIE_MAX_AGE_S, api_behind_tls(req) ? "; Secure" : "");
	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_put_cstr(&w, "session_id", login->token);
	put_user(&w, &login->who);
	json_object_end(&w);
	reply_json(req, 200, &body);
}

static void begin_session(struct request *req)
{
	struct login *login = req->work;
	char hash[SHA256_HEX_BYTES], old_hash[SHA256_HEX_BYTES] = "";
	struct slice old;

	/* A fresh token at every login, and the one that the browser came with ends: who planted it has
	 * nothing. */
	token_generate(login->token);
	token_hash(slice_from_str(login->token), hash);
	if (credentials_token(SLICE_NONE, req->headers[HEADER_COOKIE], &old) == CREDENTIALS_TOKEN)
		token_hash(old, old_hash);
	store_session_create(req->api->store, slice_from_str(hash), (uint64_t)login->who.user_id,
		SESSION_IDLE_MS, SESSION_ABSOLUTE_MS, slice_from_str(login->keys.address),
		slice_from_str(old_hash), on_session, req);
}

static void on_rehashed(const char *hash, void *arg)
{
	struct request *req = request_from(arg);
	struct login *login = req->work;

	if (hash)
		store_user_rehash(req->api->store, (uint64_t)login->who.user_id, slice_from_str(login->hash),
			slice_from_str(hash), ignore, NULL);
	begin_session(req);
}

static void on_verified(bool matches, void *arg)
{
	struct request *req = request_from(arg);
	struct login *login = req->work;
	bool good = matches && login->user == USER_KNOWN;

	store_login_result(req->api->store, slice_from_str(login->keys.user),
		slice_from_str(login->keys.address), good ? STORE_LOGIN_GOOD : STORE_LOGIN_BAD,
		slice_from_str(login->who.username), ignore, NULL);
	if (!good) {
		log_notice("login refused", log_str("user", login->who.username),
			log_str("address", login->keys.address));
		reply_problem(req, 401, "err.login", NULL, NULL);
		return;
	}
	/* A user who came with an import: the same password under yescrypt, once. With a full line, next
	 * time. */
	if (!password_hash_is_old(login->hash) ||
		!password_worker_hash(req->api->passwords, login->password, on_rehashed, req))
		begin_session(req);
}

static void on_user(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct login *login = req->work;

	if (result->status != STORE_OK && result->status != STORE_NOT_FOUND) {
		store_refusal_reply(req, result);
		return;
	}
	if (result->status == STORE_OK && store_result_int(result, "active") == 1 &&
		user_role_parse(store_result_str(result, "role"), &login->who.role) &&
		slice_copy(store_result_str(result, "username"), login->who.username,
			sizeof(login->who.username)) &&
		slice_copy(store_result_str(result, "password_hash"), login->hash, sizeof(login->hash))) {
		login->who.user_id = store_result_int(result, "id");
		login->user = USER_KNOWN;
	}
	if (!password_worker_verify(req->api->passwords, login->user == USER_KNOWN ? login->hash : NULL,
		    login->password, on_verified, req))
		reply_busy(req, PASSWORD_RETRY_S, NULL);
}

static void on_attempt(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct login *login = req->work;

	if (!auth_attempt_refused(req, result))
		store_user_by_name(req->api->store, login->username, on_user, req);
}

void auth_login(struct request *req)
{
	static const char *const names[] = {"username", "password"};
	struct login *login = mem_zalloc(sizeof(*login));
	struct field_err err = {0};

	req->work = login;
	req->work_free = login_free;
	if (!field_only_members(req->json, names, ARRAY_LEN(names), &err) ||
		!field_text_required(req->json, "username", &login->username, &err) ||
		!field_text_required(req->json, "password", &login->password, &err)) {
		field_reply(req, &err);
		return;
	}
	/* What cannot be a user is not asked for, but costs and counts the same. */
	if (!validate_username(login->username, &err) || login->password.len == 0 ||
		login->password.len > USER_PASSWORD_MAX_BYTES)
		login->username = SLICE_LIT("?");
	auth_keys_make(&login->keys, login->username, &req->peer);
	store_login_attempt(req->api->store, slice_from_str(login->keys.user),
		slice_from_str(login->keys.address), on_attempt, req);
}

static void on_logout(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);

	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	reply_header(req, "Set-Cookie", "session_id=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0%s",
		api_behind_tls(req) ? "; Secure" : "");
	reply_empty(req, 204);
}

void auth_logout(struct request *req)
{
	store_session_end(req->api->store, slice_from_str(req->caller.session_hash), on_logout, req);
}

void auth_me(struct request *req)
{
	struct json_writer w;
	struct buf body;

	buf_init(&body, 0);
	json_writer_init(&w, &body);
	session_write_user(&w, &req->caller.who);
	reply_json(req, 200, &body);
}
