/*
 * records.c: see records.h. Two tables: LIVE answers readers, NEXT is filled by a snapshot and then takes its
 * place; where the snapshot has nothing valid, both hold the same record. The order by number is made when it
 * is asked for, and lasts until a proxy comes or goes: a list costs a sort at most once.
 */
#include "api-node/records.h"

#include <stdio.h>
#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/record_memo.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/hash_map.h"
#include "shared/base/log.h"
#include "shared/model/proxy.h"
#include "shared/store/store_follow.h"

enum { MEMO_LIMIT_BYTES = 32 * 1024 * 1024 }; /* some 20,000 proxies as JSON */

struct table {
	struct hash_map by_id;       /* record->key → struct record, one reference */
	const struct record **order; /* owned; by number; NULL when it must be made anew */
	struct settings settings;
};

struct records {
	struct api *api; /* borrowed */
	struct records_listener listener;
	struct store_follow *follow; /* owned */
	struct table live, next;
	struct record_memos *memos; /* owned; outlives the records */
	int64_t clock_offset_ms;    /* Redis' clock less ours */
};

static void table_init(struct table *table)
{
	hash_map_init(&table->by_id);
	table->order = NULL;
	settings_default(&table->settings);
}

static void table_done(struct table *table)
{
	size_t cursor = 0;

	for (struct record *record; (record = hash_map_next(&table->by_id, &cursor));)
		record_unref(record);
	hash_map_done(&table->by_id);
	free(table->order);
	table_init(table);
}

/* By number, ties by id. */
static int compare(const struct record *left, const struct record *right)
{
	if (left->proxy->number != right->proxy->number)
		return left->proxy->number < right->proxy->number ? -1 : 1;
	return left->proxy->id < right->proxy->id ? -1 : left->proxy->id > right->proxy->id;
}

static int compare_at(const void *a, const void *b)
{
	return compare(*(const struct record *const *)a, *(const struct record *const *)b);
}

static void table_forget_order(struct table *table)
{
	free(table->order);
	table->order = NULL;
}

static void table_make_order(struct table *table)
{
	size_t cursor = 0, n = 0;

	table->order = mem_alloc((table->by_id.len + 1) * sizeof(struct record *));
	for (const struct record *record; (record = hash_map_next(&table->by_id, &cursor));)
		table->order[n++] = record;
	if (n > 0)
		qsort(table->order, n, sizeof(struct record *), compare_at);
}

/* What changes most is a record that keeps its number: it takes its old one's place. */
static void table_reorder(struct table *table, const struct record *old, const struct record *record)
{
	size_t low = 0, high = table->by_id.len;

	if (!table->order)
		return;
	if (!old || compare(old, record) != 0) {
		table_forget_order(table);
		return;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare(table->order[middle], record) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	ensure(low < table->by_id.len && table->order[low] == old);
	table->order[low] = record;
}

/* Returns whose the record was before, 0 when it is new. */
static int64_t table_put(struct table *table, struct record *record)
{
	struct record *old = hash_map_set(&table->by_id, slice_from_str(record->key), record);
	int64_t previous_user_id = old ? old->proxy->user_id : 0;

	table_reorder(table, old, record);
	record_unref(old);
	return previous_user_id;
}

static struct record *table_take(struct table *table, struct slice key)
{
	table_forget_order(table);
	return hash_map_remove(&table->by_id, key);
}

static bool is_settings(struct slice key)
{
	return slice_eq_str(key, "settings");
}

static bool on_apply(
	void *arg, enum change_op op, struct slice key, struct slice value, uint64_t ver, struct err *err)
{
	struct records *records = arg;
	const struct records_listener *listener = &records->listener;

	(void)ver;
	if (is_settings(key)) {
		if (op == CHANGE_DEL)
			settings_default(&records->live.settings);
		else if (!settings_from_json(value, &records->live.settings, err))
			return false;
		if (listener->settings)
			listener->settings(listener->arg, &records->live.settings);
		return true;
	}
	if (op == CHANGE_DEL) {
		struct record *old = table_take(&records->live, key);
		if (old && listener->removed)
			listener->removed(listener->arg, old->proxy->id, old->proxy->user_id);
		record_unref(old);
		return true;
	}
	struct record *record = record_new(records->api->keyring, key, value, err);
	if (!record)
		return false;
	int64_t previous_user_id = table_put(&records->live, record);
	if (listener->changed)
		listener->changed(listener->arg, record, previous_user_id);
	return true;
}

static bool on_stage(void *arg, struct slice key, struct slice value, uint64_t ver, struct err *err)
{
	struct records *records = arg;

	(void)ver;
	if (is_settings(key)) {
		if (value.data)
			return settings_from_json(value, &records->next.settings, err);
		settings_default(&records->next.settings);
		return true;
	}
	if (!value.data) {
		record_unref(table_take(&records->next, key));
		return true;
	}
	struct record *record = record_new(records->api->keyring, key, value, err);
	if (!record)
		return false;
	table_put(&records->next, record);
	return true;
}

static bool on_keep(void *arg, struct slice key)
{
	struct records *records = arg;
	struct record *record = hash_map_find(&records->live.by_id, key);

	if (is_settings(key)) {
		records->next.settings = records->live.settings;
	} else if (record) {
		record->refs++;
		table_put(&records->next, record);
	} else {
		return false;
	}
	log_warning("the snapshot has no valid record, keeping the old record", log_slice("key", key));
	return true;
}

static void on_swap(void *arg)
{
	struct records *records = arg;
	const struct records_listener *listener = &records->listener;

	table_done(&records->live);
	records->live = records->next;
	table_init(&records->next);
	if (listener->reset)
		listener->reset(listener->arg);
}

static void on_drop(void *arg)
{
	struct records *records = arg;

	table_done(&records->next);
}

static void on_notice(void *arg, const struct change_item *item)
{
	struct records *records = arg;

	if (records->listener.notice)
		records->listener.notice(records->listener.arg, item);
}

static void on_moved(void *arg)
{
	struct records *records = arg;

	if (records->listener.moved)
		records->listener.moved(records->listener.arg);
}

static const struct store_follow_ops follow_ops = {
	.apply = on_apply,
	.stage = on_stage,
	.keep = on_keep,
	.swap = on_swap,
	.drop = on_drop,
	.notice = on_notice,
	.moved = on_moved,
};

struct records *records_new(struct api *api, const struct records_listener *listener)
{
	struct records *records = mem_zalloc(sizeof(*records));

	records->api = api;
	records->listener = *listener;
	table_init(&records->live);
	table_init(&records->next);
	records->memos = record_memos_new(MEMO_LIMIT_BYTES);
	records->follow = store_follow_new(api->loop, api->store, STORE_TOPIC_RECORDS, &follow_ops, records);
	return records;
}

void records_stop(struct records *records)
{
	if (!records)
		return;
	store_follow_free(records->follow);
	records->follow = NULL;
}

void records_free(struct records *records)
{
	if (!records)
		return;
	records_stop(records);
	table_done(&records->live);
	table_done(&records->next);
	record_memos_free(records->memos);
	free(records);
}

bool records_ready(const struct records *records)
{
	return records->follow && store_follow_ready(records->follow);
}

void records_position(const struct records *records, uint64_t *ret_generation, uint64_t *ret_version)
{
	store_follow_position(records->follow, ret_generation, ret_version);
}

bool records_reached(const struct records *records, uint64_t generation, uint64_t version)
{
	uint64_t our_generation, our_version;

	if (!records_ready(records))
		return false;
	records_position(records, &our_generation, &our_version);
	return our_generation > generation || (our_generation == generation && our_version >= version);
}

uint64_t records_stale_ms(const struct records *records)
{
	return records->follow ? store_follow_stale_ms(records->follow) : UINT64_MAX;
}

int64_t records_now_ms(const struct records *records)
{
	return (int64_t)clock_now_ms() + records->clock_offset_ms;
}

void records_clock(struct records *records, int64_t redis_now_ms)
{
	records->clock_offset_ms = redis_now_ms - (int64_t)clock_now_ms();
}

void records_version_seen(struct records *records, uint64_t generation, uint64_t version)
{
	if (records->follow)
		store_follow_version_seen(records->follow, generation, version);
}

const struct record *records_find(const struct records *records, uint64_t id)
{
	char key[24];

	snprintf(key, sizeof(key), "%llu", (unsigned long long)id);
	return hash_map_find(&records->live.by_id, slice_from_str(key));
}

size_t records_count(const struct records *records)
{
	return records->live.by_id.len;
}

const struct record *const *records_by_number(struct records *records)
{
	if (!records->live.order)
		table_make_order(&records->live);
	return records->live.order;
}

struct record_memos *records_memos(const struct records *records)
{
	return records->memos;
}

const struct settings *records_settings(const struct records *records)
{
	return &records->live.settings;
}
