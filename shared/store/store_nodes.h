/*
 * store_nodes.h: what nodes tell the store about themselves and their traffic, and what the store answers.
 */
#ifndef KP_STORE_STORE_NODES_H
#define KP_STORE_STORE_NODES_H

#include "shared/store/store_op.h"

/* Once a second. fields: role build started addresses ports routes_gen routes_ver digest connections bytes_s
 * … OK gen routes_ver records_ver now_ms allow_empty(a generation, or 0) rates_listeners */
void store_heartbeat(struct store *s, struct slice node, uint64_t ttl_ms, struct store_fields fields,
	store_done_fn *done, void *arg);

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

/* What proxies have carried. OK now_ms month month_ends_at usage(JSON array: usage_read.lua). At most
 * STORE_USAGE_IDS_MAX ids, 180 minutes. */
enum { STORE_USAGE_IDS_MAX = 200 };
void store_usage_read(
	struct store *s, uint32_t minutes, const uint64_t *ids, size_t count, store_done_fn *done, void *arg);

/* What a relay carries now, as JSON {"node":…,"full":0|1,"rates":[[id, bytes_up_s, bytes_down_s,
 * connections], …]}: told to whoever listens, kept nowhere. OK listeners(how many) */
void store_rates_publish(struct store *s, struct slice json, store_done_fn *done, void *arg);

/* OK nodes(JSON array of objects of texts) leader(JSON object or null) now_ms gen routes_ver records_ver jobs
 * dead info(Redis' own words) */
void store_fleet_read(struct store *s, store_done_fn *done, void *arg);

#endif
