/*
 * store_people.h: users, sessions, the login limiter, and the read barrier that makes a REST read
 * linearizable. Called by api-node. Only hashes come here: of session tokens (64 hex digits), of passwords
 * (crypt text).
 */
#ifndef KP_STORE_STORE_PEOPLE_H
#define KP_STORE_STORE_PEOPLE_H

#include "shared/store/store_op.h"

/* Creates the first administrator when there is no user at all. CREATED id | EXISTS */
void store_user_ensure_admin(
	struct store *s, struct slice username, struct slice password_hash, store_done_fn *done, void *arg);

/* OK id username role password_hash active(0|1) | NOT_FOUND. The name's letter case does not matter. */
void store_user_by_name(struct store *s, struct slice username, store_done_fn *done, void *arg);

/* One's own new password; ends every session of the user but keep_hash (empty: all). OK | NOT_FOUND */
void store_user_set_password(struct store *s, uint64_t user_id, struct slice password_hash,
	struct slice keep_hash, struct slice actor, store_done_fn *done, void *arg);

/* Before a password is looked at. Keys: texts of up to 128 bytes. OK | LIMITED retry_in_ms */
void store_login_attempt(
	struct store *s, struct slice user_key, struct slice address_key, store_done_fn *done, void *arg);

enum store_login { STORE_LOGIN_BAD = 0, STORE_LOGIN_GOOD = 1 };
/* After it: a good login gets its try back and makes the address known to be the user's; failed ones come
 * into the history, summed up. username: of the user that exists, else empty. OK */
void store_login_result(struct store *s, struct slice user_key, struct slice address_key,
	enum store_login login, struct slice username, store_done_fn *done, void *arg);

/* Ends the session old_hash (empty: none), which the client came with. OK | NOT_FOUND (no such user, or
 * disabled) */
void store_session_create(struct store *s, struct slice hash, uint64_t user_id, uint64_t idle_ms,
	uint64_t absolute_ms, struct slice address, struct slice old_hash, store_done_fn *done, void *arg);
/* OK (also when there was none) */
void store_session_end(struct store *s, struct slice hash, store_done_fn *done, void *arg);
/* OK sessions(JSON array, see session_list.lua) */
void store_session_list(struct store *s, uint64_t user_id, store_done_fn *done, void *arg);
/* id: as session_list tells it. OK | NOT_FOUND */
void store_session_close(struct store *s, uint64_t user_id, struct slice id, struct slice actor,
	store_done_fn *done, void *arg);

/* One call for many waiting reads (up to 100 sessions or API tokens). Touches their idle time at most once a
 * minute. OK gen records_ver now_ms sessions(JSON array, one per hash, in order:
 * {"user_id","username","role"} or null; an API token's entry also has "token", its name, "read_only",
 * "ends_in_ms") */
void store_read_barrier(
	struct store *s, const struct slice *hashes, size_t count, store_done_fn *done, void *arg);

#endif
