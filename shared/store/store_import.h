/*
 * store_import.h: taking in people, proxies and history from elsewhere: the single-host version's data.json,
 * or a backup. Called by api-node. Every call takes texts that are ready for this fleet: sealed and hashed
 * under its key. Each answers `verdicts`, a JSON array with one entry an item, in their order.
 */
#ifndef KP_STORE_STORE_IMPORT_H
#define KP_STORE_STORE_IMPORT_H

#include "shared/store/store_op.h"

enum { STORE_IMPORT_CHUNK = 100, STORE_IMPORT_LOGS_MAX = 5000 };

enum store_effect { STORE_LOOK, STORE_WRITE };    /* LOOK: judged, nothing written */
enum store_meeting { STORE_KEEP, STORE_REPLACE }; /* a user of that name is here already */

/* What import_proxies would meet; empty texts as in the script. */
struct store_import_proxy {
	struct slice id, provider_key_hmac, subdomain, number;
};

/* OK verdicts({"verdict","id","id_free"}) proxies. count: 1–STORE_IMPORT_CHUNK, here and below. */
void store_import_look(struct store *s, const struct store_import_proxy *proxies, size_t count,
	store_done_fn *done, void *arg);

/* records: JSON objects of texts. OK verdicts version */
void store_import_proxies(
	struct store *s, const struct slice *records, size_t count, store_done_fn *done, void *arg);

/* users: JSON objects of texts. keep_hash: the session that a replaced user keeps, or empty. OK verdicts */
void store_import_users(struct store *s, enum store_effect effect, enum store_meeting meeting,
	struct slice keep_hash, const struct slice *users, size_t count, store_done_fn *done, void *arg);

/* tokens: JSON objects of texts. OK verdicts */
void store_import_tokens(struct store *s, enum store_effect effect, const struct slice *tokens, size_t count,
	store_done_fn *done, void *arg);

/* channels: JSON objects of texts, sealed for their ids. OK verdicts */
void store_import_channels(struct store *s, enum store_effect effect, const struct slice *channels,
	size_t count, store_done_fn *done, void *arg);

/* Decimal texts; free: "number:reuse_at_ms,…". OK */
struct store_import_numbers {
	struct slice next, ids, user_ids, token_ids, free;
};
void store_import_numbers(
	struct store *s, const struct store_import_numbers *numbers, store_done_fn *done, void *arg);

/* For a backup. n: 1–500. OK last_id(0: the end) records */
void store_backup_page(struct store *s, uint64_t after_id, uint32_t n, store_done_fn *done, void *arg);
/* OK users tokens channels settings numbers */
void store_backup_rest(struct store *s, store_done_fn *done, void *arg);

/* entries: JSON array of 1–STORE_IMPORT_LOGS_MAX, oldest first. OK verdicts | FULL */
void store_import_logs(
	struct store *s, enum store_effect effect, struct slice entries, store_done_fn *done, void *arg);

#endif
