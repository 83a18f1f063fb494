/*
 * records.h: this node's copy of the `records` topic: every proxy's record, parsed, in the order of their
 * numbers, and the settings. It follows the store by itself; handlers only read. Pointers stay valid until
 * the next change: use them within one callback.
 */
#ifndef KP_API_RECORDS_H
#define KP_API_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api-node/record.h"
#include "shared/base/slice.h"
#include "shared/model/settings.h"

struct api;
struct change_item;
struct record_memos;
struct records;

/* What else wants to know: the push hub. All optional. */
struct records_listener {
	/* added or replaced; previous_user_id: whose it was before, 0 when it is new */
	void (*changed)(void *arg, const struct record *record, int64_t previous_user_id);
	void (*removed)(void *arg, int64_t id, int64_t user_id);
	void (*reset)(void *arg); /* the whole table was replaced */
	void (*settings)(void *arg, const struct settings *settings);
	void (*notice)(void *arg, const struct change_item *item); /* log, job, session_end … */
	void (*moved)(void *arg);                                  /* the position advanced */
	void *arg;
};

struct records *records_new(struct api *api, const struct records_listener *listener) MUST_CHECK;
/* Stops to follow, before the store is freed; the copy can still be read. */
void records_stop(struct records *records);
void records_free(struct records *records);

bool records_ready(const struct records *records);
/* Has the copy reached (generation, version) of the topic? */
bool records_reached(const struct records *records, uint64_t generation, uint64_t version);
void records_position(const struct records *records, uint64_t *ret_generation, uint64_t *ret_version);
uint64_t records_stale_ms(const struct records *records);
/* Redis' clock as last told, run on by ours: for countdowns and cooldowns. */
int64_t records_now_ms(const struct records *records);
void records_clock(struct records *records, int64_t redis_now_ms);
void records_version_seen(struct records *records, uint64_t generation, uint64_t version);

const struct record *records_find(const struct records *records, uint64_t id); /* NULL when absent */
size_t records_count(const struct records *records);
/* All records_count() of them, by number, ascending. */
const struct record *const *records_by_number(struct records *records);
/* What is remembered of the records (record_json.c). */
struct record_memos *records_memos(const struct records *records);
const struct settings *records_settings(const struct records *records);

#endif
