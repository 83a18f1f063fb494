/*
 * store_users.h: users as administrators manage them. Called by api-node. Passwords come as crypt texts only.
 * Signing in is store_people.h.
 */
#ifndef KP_STORE_STORE_USERS_H
#define KP_STORE_STORE_USERS_H

#include "shared/store/store_op.h"

/* CREATED user(JSON) | NAME_TAKEN | INVALID field */
void store_user_create(struct store *s, struct slice username, struct slice role, struct slice password_hash,
	struct slice actor, store_done_fn *done, void *arg);

/* id 0: all. OK users(JSON array, see user_list.lua) */
void store_user_list(struct store *s, uint64_t id, store_done_fn *done, void *arg);

/* Fields: username role active password_hash. keep_hash: a session of that user that stays (empty: none).
 * OK user(JSON) | NOT_FOUND | NAME_TAKEN | LAST_ADMIN | INVALID field */
void store_user_update(struct store *s, uint64_t id, struct slice actor, struct slice keep_hash,
	struct store_fields fields, store_done_fn *done, void *arg);

enum store_deletion { STORE_MAY_DELETE = 0, STORE_DELETE = 1 };
/* Whether a user may be deleted, or deleting it. OK | NOT_FOUND | LAST_ADMIN */
void store_user_delete(struct store *s, uint64_t id, struct slice actor, enum store_deletion deletion,
	store_done_fn *done, void *arg);

/* Gives those of `ids` (1 to 100) that are from's to `to`. OK moved | NOT_FOUND (no user `to`) */
void store_proxies_reassign(struct store *s, uint64_t from, uint64_t to, struct slice actor,
	const uint64_t *ids, size_t count, store_done_fn *done, void *arg);

/* A stronger hash of the same password, unless it has changed meanwhile. OK changed(0|1) | NOT_FOUND */
void store_user_rehash(struct store *s, uint64_t id, struct slice old_hash, struct slice new_hash,
	store_done_fn *done, void *arg);

#endif
