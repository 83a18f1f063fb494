/*
 * store_nodes.h: what nodes tell the store about themselves and their traffic, and the versions they follow.
 */
#ifndef KP_STORE_STORE_NODES_H
#define KP_STORE_STORE_NODES_H

#include "shared/store/store_op.h"

/* First call on a new link, before store_open: a Redis that restarted (another run_id) gets a new generation.
 * OK gen bumped(0|1) */
void store_generation_bump(struct store *s, struct slice run_id, store_done_fn *done, void *arg);

/* Second call: is this our store, and of a schema we know? first=1: it was empty and is ours now.
 * OK gen first(0|1) | NEWER_SCHEMA stored | WRONG_KEY | NOT_INITIALISED */
void store_open(
	struct store *s, uint32_t schema_version, struct slice key_check, store_done_fn *done, void *arg);

/* Once a second. fields: role build started addresses ports routes_gen routes_ver digest connections bytes_s
 * … OK gen routes_ver records_ver now_ms allow_empty(a generation, or 0) */
void store_heartbeat(struct store *s, struct slice node, uint64_t ttl_ms, struct store_fields fields,
	store_done_fn *done, void *arg);

/* topic: "routes" or "records". OK gen ver now_ms */
void store_topic_version(struct store *s, const char *topic, store_done_fn *done, void *arg);

/* A relay cannot reach the upstream of proxy `id`: it is checked at once. QUEUED | KNOWN | NOT_FOUND */
void store_suspect_report(
	struct store *s, struct slice node, uint64_t id, struct slice reason, store_done_fn *done, void *arg);

struct store_usage {
	uint64_t id, bytes_up, bytes_down, connections, errors;
};
/* Traffic counted since the last flush; repeating a flush with the same seq (a lost answer) counts once.
 * minute_epoch: Unix minutes. OK | SEEN */
void store_usage_flush(struct store *s, struct slice node, uint64_t seq, uint64_t minute_epoch,
	const struct store_usage *usage, size_t count, store_done_fn *done, void *arg);

/* OK nodes(JSON array of objects of texts) leader(JSON object or null) now_ms */
void store_fleet_read(struct store *s, store_done_fn *done, void *arg);

#endif
