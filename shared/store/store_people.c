/* store_people.c: arguments of the scripts about users, sessions and logins. */
#include "shared/store/store_people.h"

void store_user_ensure_admin(
	struct store *s, struct slice username, struct slice password_hash, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_USER_ENSURE_ADMIN);
	store_call_text(&call, username);
	store_call_text(&call, password_hash);
	store_call_send(s, &call, done, arg);
}

void store_user_by_name(struct store *s, struct slice username, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_USER_BY_NAME);
	store_call_text(&call, username);
	store_call_send(s, &call, done, arg);
}

void store_user_set_password(struct store *s, uint64_t user_id, struct slice password_hash,
	struct slice keep_hash, struct slice actor, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_USER_SET_PASSWORD);
	store_call_uint(&call, user_id);
	store_call_text(&call, password_hash);
	store_call_text(&call, keep_hash);
	store_call_text(&call, actor);
	store_call_send(s, &call, done, arg);
}

void store_login_attempt(
	struct store *s, struct slice user_key, struct slice address_key, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_LOGIN_ATTEMPT);
	store_call_text(&call, user_key);
	store_call_text(&call, address_key);
	store_call_send(s, &call, done, arg);
}

void store_login_result(struct store *s, struct slice user_key, struct slice address_key,
	enum store_login login, struct slice username, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_LOGIN_RESULT);
	store_call_text(&call, user_key);
	store_call_text(&call, address_key);
	store_call_uint(&call, login);
	store_call_text(&call, username);
	store_call_send(s, &call, done, arg);
}

void store_session_create(struct store *s, struct slice hash, uint64_t user_id, uint64_t idle_ms,
	uint64_t absolute_ms, struct slice address, struct slice old_hash, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_SESSION_CREATE);
	store_call_text(&call, hash);
	store_call_uint(&call, user_id);
	store_call_uint(&call, idle_ms);
	store_call_uint(&call, absolute_ms);
	store_call_text(&call, address);
	store_call_text(&call, old_hash);
	store_call_send(s, &call, done, arg);
}

void store_session_end(struct store *s, struct slice hash, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_SESSION_END);
	store_call_text(&call, hash);
	store_call_send(s, &call, done, arg);
}

void store_session_list(struct store *s, uint64_t user_id, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_SESSION_LIST);
	store_call_uint(&call, user_id);
	store_call_send(s, &call, done, arg);
}

void store_session_close(struct store *s, uint64_t user_id, struct slice id, struct slice actor,
	store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_SESSION_CLOSE);
	store_call_uint(&call, user_id);
	store_call_text(&call, id);
	store_call_text(&call, actor);
	store_call_send(s, &call, done, arg);
}

void store_read_barrier(
	struct store *s, const struct slice *hashes, size_t count, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_READ_BARRIER);
	for (size_t i = 0; i < count; i++)
		store_call_text(&call, hashes[i]);
	store_call_send(s, &call, done, arg);
}
