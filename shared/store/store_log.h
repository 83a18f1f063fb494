/* store_log.h: the history that people read. Entries about a change are written by the change's own script.
 */
#ifndef KP_STORE_STORE_LOG_H
#define KP_STORE_STORE_LOG_H

#include "shared/store/store_op.h"

/* Newest first. id 0: of all proxies; before: entries older than this id (empty: from the newest);
 * limit 1–500. OK entries(JSON array of {"id","proxy_id","action","region","status","message_id","params",
 * "user","timestamp"}) */
void store_log_page(struct store *s, uint64_t proxy_id, struct slice before, uint32_t limit,
	store_done_fn *done, void *arg);

/* The same of a deleted proxy that can still be restored, and was the owner's (STORE_ANYBODY: anybody's).
 * OK entries | NOT_FOUND */
void store_log_page_deleted(struct store *s, uint64_t proxy_id, int64_t owner_id, struct slice before,
	uint32_t limit, store_done_fn *done, void *arg);

struct store_log_entry {
	uint64_t proxy_id;  /* 0: none */
	const char *action; /* login, logout, user_create … */
	const char *status; /* "success", "error", "info" */
	const char *message_id;
	struct slice params; /* JSON object text; empty = {} */
	struct slice user;
};
/* An entry without another change. OK */
void store_log_add(struct store *s, const struct store_log_entry *e, store_done_fn *done, void *arg);

#endif
