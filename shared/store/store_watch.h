/*
 * store_watch.h: the machine that keeps a copy of a topic equal to the store: it is told what arrived
 * (messages, snapshot chunks, versions, disconnects) and says what to fetch and what to do with the table.
 * Pure: no descriptors, no clock, no Redis; store_follow.c feeds it, the tests feed it drops, duplicates and
 * reorders.
 *
 * Order is by (generation, version). A published message is only a hint: what is missing is fetched from the
 * stream; what the stream no longer holds comes by a snapshot. A fetch is known by its ticket; an answer with
 * another ticket is too late and ignored.
 */
#ifndef KP_STORE_STORE_WATCH_H
#define KP_STORE_STORE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/slice.h"
#include "shared/model/change.h"
#include "shared/store/store_follow_ops.h"

enum { WATCH_SNAPSHOT_INTERVAL_MS = 1000 }; /* at most one snapshot begins in this time */

struct watch_ops {
	/* Answered by watch_snapshot_begin, _entry…, _end, or by watch_fetch_failed. */
	void (*fetch_snapshot)(void *arg, uint32_t ticket);
	/* The messages behind (gen, ver): by watch_gap_message/_broken…, watch_gap_end, or
	 * watch_fetch_failed. */
	void (*fetch_gap)(void *arg, uint32_t ticket, uint64_t gen, uint64_t ver);
	const struct store_follow_ops *table; /* the node's */
	void *table_arg;
};

struct watch_stats {
	uint64_t applied;       /* messages */
	uint64_t refused;       /* messages and entries that were invalid */
	uint64_t gaps;          /* fetched from the stream */
	uint64_t snapshots;     /* begun */
	uint64_t empty_refused; /* snapshots that were empty without permission */
};

struct watch;

/* `ops` is borrowed. Nothing is called before watch_connected(). */
struct watch *watch_new(const struct watch_ops *ops, void *arg) MUST_CHECK;
void watch_free(struct watch *watch); /* calls nothing */

/* The monotonic time; before other inputs, and a few times a second. Begins what had to wait. */
void watch_tick(struct watch *watch, uint64_t now_ms);

/* Subscribed and able to fetch; no longer so. */
void watch_connected(struct watch *watch);
void watch_disconnected(struct watch *watch);

/* From the channel. Broken: it could not be read; a later version or message shows the gap. */
void watch_message(struct watch *watch, const struct change *change);
void watch_message_broken(struct watch *watch);

/* The newest version, as a heartbeat or a poll read it after the subscription. */
void watch_version(struct watch *watch, uint64_t gen, uint64_t ver);

/* From the stream, in its order. Broken: an entry that cannot be read; it is stepped over, the copy keeps
 * what it had. */
void watch_gap_message(struct watch *watch, uint32_t ticket, const struct change *change);
void watch_gap_broken(struct watch *watch, uint32_t ticket, uint64_t gen, uint64_t ver);
void watch_gap_end(struct watch *watch, uint32_t ticket);

/* begin: the position read before the first chunk. entry: a key, its value, and the version that wrote it.
 * end: the position read after the last chunk, and the generation whose emptiness is allowed (0: none). */
void watch_snapshot_begin(struct watch *watch, uint32_t ticket, uint64_t gen, uint64_t ver);
void watch_snapshot_entry(
	struct watch *watch, uint32_t ticket, struct slice key, struct slice value, uint64_t ver);
void watch_snapshot_end(
	struct watch *watch, uint32_t ticket, uint64_t gen, uint64_t ver, uint64_t allow_empty_gen);

void watch_fetch_failed(struct watch *watch, uint32_t ticket);

bool watch_ready(const struct watch *watch); /* has swapped once */
void watch_position(const struct watch *watch, uint64_t *ret_gen, uint64_t *ret_ver);
uint64_t watch_digest(const struct watch *watch);
uint64_t watch_count(const struct watch *watch);
uint64_t watch_next_count(const struct watch *watch); /* staged so far */
/* Monotonic time when the copy was last known to be the newest; 0: never. */
uint64_t watch_current_at_ms(const struct watch *watch);
const struct watch_stats *watch_stats(const struct watch *watch);

#endif
