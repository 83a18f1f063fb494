/*
 * store_proxies.h: creating, changing and deleting proxies. Called by api-node. Reading them is following the
 * topic `records` (store_follow.h).
 */
#ifndef KP_STORE_STORE_PROXIES_H
#define KP_STORE_STORE_PROXIES_H

#include "shared/store/store_op.h"

#define STORE_ID_MAX 999999999999999ULL /* scripts count in doubles; no id comes near it */

enum store_release { STORE_KEEP_UPSTREAM = 0, STORE_RELEASE_UPSTREAM = 1 };

/* Reserves `count` (1–10000) consecutive ids: sealing a secret needs the id before the record exists.
 * OK first_id */
void store_id_take(struct store *s, uint32_t count, store_done_fn *done, void *arg);

/* The same; `scope` (of an Idempotency-Key; empty: as above) gets the same ids again for a day, so that a
 * repeated request creates nothing twice: its creations are repetitions. */
void store_id_take_once(struct store *s, uint32_t count, struct slice scope, store_done_fn *done, void *arg);

/* Creates the record of a reserved id. Fields: key_name user_id provider provider_key provider_key_hmac
 * region password password_hash allow tags note subdomain? number? remote_*? (static) and the request's own:
 * first_job (1: ask the provider at once) await_ms (how long the caller waits: a bad key meanwhile deletes
 * the record) port_start port_end reuse_ms. OK id subdomain number version job | EXISTS | DUPLICATE_KEY
 * proxy_id | NAME_TAKEN | LIMIT | INVALID field */
void store_proxy_create(struct store *s, uint64_t id, struct slice actor, struct store_fields fields,
	store_done_fn *done, void *arg);

/* Changes the fields named; the list of those allowed is in lua/proxy_update.lua. A new provider_key is tried
 * at the provider by `job` before it replaces the old one, and all else but is_active waits with it. OK
 * version changed(0|1) job(empty: no new key) waits(1: one that is tried after a pause) | NOT_FOUND |
 * DUPLICATE_KEY proxy_id | INVALID field */
void store_proxy_update(struct store *s, uint64_t id, struct slice actor, struct store_fields fields,
	store_done_fn *done, void *arg);

/* Makes the relays drop every tunnel of the proxy. OK version restart_seq | NOT_FOUND */
void store_proxy_restart(struct store *s, uint64_t id, struct slice actor, store_done_fn *done, void *arg);

/* Takes the proxy out of service at once; the record stays restorable for keep_ms, the number unused for
 * reuse_ms. OK version job(the release job, or empty) | NOT_FOUND */
void store_proxy_delete(struct store *s, uint64_t id, struct slice actor, enum store_release release,
	uint64_t keep_ms, uint64_t reuse_ms, store_done_fn *done, void *arg);

enum { STORE_ANYBODY = 0 }; /* instead of an owner's user id */

/* Puts a deleted proxy back as it was; owner_id: only if it is this user's.
 * OK version job(asks the provider; or empty) | ALREADY version (not deleted) | NOT_FOUND | DUPLICATE_KEY
 * proxy_id */
void store_proxy_restore(
	struct store *s, uint64_t id, int64_t owner_id, struct slice actor, store_done_fn *done, void *arg);

/* The deleted proxies that can be restored, the last deleted first; `limit` 1–1000.
 * OK deleted(JSON array of {"record":{…}, "deleted_at":ms, "restorable_until":ms}) */
void store_proxies_deleted(struct store *s, int64_t owner_id, uint32_t limit, store_done_fn *done, void *arg);

#endif
