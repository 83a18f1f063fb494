/*
 * store_follow.h: what a node embeds to keep a copy of a topic (`routes` for relays, `records` for
 * api-nodes). It subscribes, reads the snapshot, fills gaps, polls the version, and drives store_watch (the
 * pure machine that decides) over a subscriber link of its own and the store's command link. The table itself
 * is the node's: these ops are how it is told. All calls and callbacks on the loop's thread.
 */
#ifndef KP_STORE_STORE_FOLLOW_H
#define KP_STORE_STORE_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/slice.h"
#include "shared/loop/loop.h"
#include "shared/store/store.h"
#include "shared/store/store_follow_ops.h"

enum store_topic { STORE_TOPIC_ROUTES, STORE_TOPIC_RECORDS };

struct store_follow;

struct store_follow_stats {
	uint64_t messages, applied, refused, gaps, snapshots, empty_refused, resubscribes;
};

/* Starts at once, also while the store is down. `store` and `ops` are borrowed and must outlive it. */
struct store_follow *store_follow_new(struct loop *loop, struct store *store, enum store_topic topic,
	const struct store_follow_ops *ops, void *arg) MUST_CHECK;
/* Not inside its own ops. No op is called after. */
void store_follow_free(struct store_follow *follow);

/* The heartbeat's news: newest (generation, version) of the topic. Call it after each heartbeat; when it
 * stays away for a second, the follower asks by itself. */
void store_follow_version_seen(struct store_follow *follow, uint64_t generation, uint64_t version);

/* True once a first snapshot has been swapped in; stays true while Redis is away. */
bool store_follow_ready(const struct store_follow *follow);
void store_follow_position(
	const struct store_follow *follow, uint64_t *ret_generation, uint64_t *ret_version); /* 0, 0 before */
/* Milliseconds since the copy was last known to be the newest; UINT64_MAX before the first snapshot. */
uint64_t store_follow_stale_ms(const struct store_follow *follow);
/* Order-free sum over the entries, see store_digest.h; compare only at equal positions. */
uint64_t store_follow_digest(const struct store_follow *follow);
uint64_t store_follow_count(const struct store_follow *follow); /* entries */
struct store_follow_stats store_follow_stats(const struct store_follow *follow);

#endif
