/*
 * store_watch_table.h: what store_watch remembers of one copy of a topic: for each key the version that wrote
 * it and its share of the digest. Not the values: those are the node's. The next table, while a snapshot
 * fills it, also remembers deleted keys, so that an older chunk cannot bring them back.
 */
#ifndef KP_STORE_STORE_WATCH_TABLE_H
#define KP_STORE_STORE_WATCH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/compiler.h"
#include "shared/base/hash_map.h"
#include "shared/base/slice.h"

struct watch_table {
	struct hash_map entries; /* owned, with the entries */
	uint64_t gen;            /* 0: holds nothing yet */
	uint64_t ver;            /* every message through this is applied */
	uint64_t high;           /* the highest version known to exist; >= ver */
	uint64_t digest;
	uint64_t count; /* live entries */
};

void watch_table_init(struct watch_table *table);
void watch_table_done(struct watch_table *table);

/* Whether a change of `key` by `ver` is news: newer than what last wrote or deleted the key. */
bool watch_table_is_newer(const struct watch_table *table, struct slice key, uint64_t ver);
/* False when the key is not there. `ret_hash`: its share of the digest. */
bool watch_table_find(const struct watch_table *table, struct slice key, uint64_t *ret_hash) MUST_CHECK;
/* Whether anything was ever set or deleted under the key. */
bool watch_table_knows(const struct watch_table *table, struct slice key);
void watch_table_set(struct watch_table *table, struct slice key, uint64_t ver, uint64_t hash);
/* The key is gone and remembered as deleted by `ver`; or (remove) gone without a trace. */
void watch_table_delete(struct watch_table *table, struct slice key, uint64_t ver);
void watch_table_remove(struct watch_table *table, struct slice key);
void watch_table_forget_deleted(struct watch_table *table);

#endif
