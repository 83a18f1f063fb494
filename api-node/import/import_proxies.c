/*
 * import_proxies.c: proxies: judged first (import_look.lua), then sealed for this fleet and taken in
 * (import_proxies.lua). An id that is free here is kept: users' programs know it.
 */
#include <inttypes.h>
#include <stdio.h>

#include "api-node/api.h"
#include "api-node/import/import_record.h"
#include "api-node/import/import_steps.h"
#include "api-node/import/import_verdicts.h"
#include "api-node/records.h"
#include "api-node/reply.h"
#include "shared/base/ensure.h"
#include "shared/base/hash_map.h"
#include "shared/model/proxy.h"
#include "shared/store/store_proxies.h"
#include "shared/store/store_result.h"

/* Above, an id is some other program's time or random number: the counter must not go on from there. */
enum { KEPT_ID_MAX = 1000000000 };

static void look_next(struct import_run *run);
static void write_next(struct import_run *run);

/* --- judging --- */

static void decide_conflict(
	struct import_run *run, struct import_item *item, const struct import_verdict *verdict)
{
	const struct record *other = records_find(run->req->api->records, verdict->id);
	struct slice name = other ? other->proxy->subdomain : SLICE_LIT("?");

	if (slice_eq_str(verdict->word, "key_taken"))
		import_item_decide(item, RESULT_CONFLICT, "import.key_taken", name);
	else
		import_item_decide(item, RESULT_CONFLICT, "import.name_taken", slice_from_str(item->name));
}

static void judge(struct import_run *run, size_t index, const struct import_verdict *verdict)
{
	struct import_item *item = &run->list.items[index];

	bool same_id = run->source != IMPORT_BACKUP || verdict->id == item->wanted_id;
	bool id_free = run->source != IMPORT_BACKUP || verdict->id_free;

	if (slice_eq_str(verdict->word, "exists") && same_id) {
		item->id = verdict->id;
		item->result = RESULT_EXISTS;
	} else if (!slice_eq_str(verdict->word, "new") || !id_free) {
		decide_conflict(run, item, verdict);
	} else {
		item->id = verdict->id_free ? item->wanted_id : 0;
		if (run->effect == STORE_LOOK)
			item->result = RESULT_CREATED;
	}
}

static void on_looked(const struct store_result *result, void *arg)
{
	struct import_run *run = arg;

	if (import_call_failed(run, result))
		return;
	run->proxies_here = store_result_uint(result, "proxies");
	if (import_verdicts(run, result, judge))
		look_next(run);
}

static void look_next(struct import_run *run)
{
	struct store_import_proxy looks[STORE_IMPORT_CHUNK];
	char ids[STORE_IMPORT_CHUNK][24], numbers[STORE_IMPORT_CHUNK][24];

	if (!import_gather(run, IMPORT_PROXY, STORE_IMPORT_CHUNK)) {
		import_run_next(run);
		return;
	}
	for (size_t i = 0; i < run->chunk_count; i++) {
		const struct import_item *item = &run->list.items[run->chunk[i]];
		ids[i][0] = numbers[i][0] = '\0';
		if (item->wanted_id > 0)
			snprintf(ids[i], sizeof(ids[i]), "%" PRIu64, item->wanted_id);
		if (item->number > 0)
			snprintf(numbers[i], sizeof(numbers[i]), "%" PRIu64, item->number);
		looks[i] = (struct store_import_proxy){slice_from_str(ids[i]), slice_from_str(item->key_hash),
			slice_from_str(item->name), slice_from_str(numbers[i])};
	}
	store_import_look(run->req->api->store, looks, run->chunk_count, on_looked, run);
}

/* Keys, names and ids that come twice: the first one wins, an id that comes again or is too large is not
 * kept. */
static void find_repeated(struct import_run *run)
{
	struct hash_map keys, names, ids;

	hash_map_init(&keys);
	hash_map_init(&names);
	hash_map_init(&ids);
	for (size_t i = 0; i < run->list.count; i++) {
		struct import_item *item = &run->list.items[i];
		struct slice key = slice_from_str(item->key_hash), name = slice_from_str(item->name);
		struct slice id = slice_of((const char *)&item->from_id, sizeof(item->from_id));

		if (item->kind != IMPORT_PROXY || item->result != RESULT_UNDECIDED)
			continue;
		if ((key.len > 0 && hash_map_find(&keys, key)) ||
			(name.len > 0 && hash_map_find(&names, name))) {
			import_item_decide(item, RESULT_CONFLICT, "import.twice", name);
			continue;
		}
		if (item->from_id > 0 && item->from_id <= KEPT_ID_MAX && !hash_map_find(&ids, id)) {
			hash_map_set(&ids, id, item);
			item->wanted_id = (uint64_t)item->from_id;
		}
		if (key.len > 0)
			hash_map_set(&keys, key, item);
		if (name.len > 0)
			hash_map_set(&names, name, item);
	}
	hash_map_done(&keys);
	hash_map_done(&names);
	hash_map_done(&ids);
}

void import_judge_proxies(struct import_run *run)
{
	/* Of a list without proxies the store is not asked; our copy had caught up when the request was let
	 * in. */
	run->proxies_here = records_count(run->req->api->records);
	find_repeated(run);
	look_next(run);
}

/* --- taking in --- */

static void decide(struct import_run *run, size_t index, const struct import_verdict *verdict)
{
	struct import_item *item = &run->list.items[index];

	if (slice_eq_str(verdict->word, "created"))
		item->result = RESULT_CREATED;
	else if (slice_eq_str(verdict->word, "exists"))
		item->result = RESULT_EXISTS;
	else
		decide_conflict(run, item, verdict); /* somebody was faster, after we had looked */
	item->id = verdict->id;
}

static void on_written(const struct store_result *result, void *arg)
{
	struct import_run *run = arg;
	struct slice version = store_result_str(result, "version");

	if (import_call_failed(run, result))
		return;
	if (!slice_copy(version, run->version, sizeof(run->version)))
		run->version[0] = '\0';
	if (import_verdicts(run, result, decide))
		write_next(run);
}

/* Those without an id wait for import_take_ids. */
static void keep_those_with_ids(struct import_run *run)
{
	size_t kept = 0;

	for (size_t i = 0; i < run->chunk_count; i++)
		if (run->list.items[run->chunk[i]].id > 0)
			run->chunk[kept++] = run->chunk[i];
	run->chunk_count = kept;
}

static void write_next(struct import_run *run)
{
	struct slice records[STORE_IMPORT_CHUNK];
	size_t ends[STORE_IMPORT_CHUNK];
	struct err err = {0};
	struct buf text;
	bool ok = true;

	do {
		if (!import_gather(run, IMPORT_PROXY, STORE_IMPORT_CHUNK)) {
			import_run_next(run);
			return;
		}
		keep_those_with_ids(run);
	} while (run->chunk_count == 0);
	buf_init(&text, 0);
	for (size_t i = 0; ok && i < run->chunk_count; i++) {
		ok = import_record_write(run, &run->list.items[run->chunk[i]], &text, &err);
		ends[i] = text.len;
	}
	for (size_t i = 0; ok && i < run->chunk_count; i++) {
		size_t start = i > 0 ? ends[i - 1] : 0;
		records[i] = slice_of(text.data + start, ends[i] - start);
	}
	if (ok)
		store_import_proxies(run->req->api->store, records, run->chunk_count, on_written, run);
	else
		reply_unknown(run->req, err.msg);
	buf_done(&text);
}

void import_kept_proxies(struct import_run *run)
{
	if (run->effect == STORE_WRITE)
		write_next(run);
	else
		import_run_next(run);
}

static void on_ids(const struct store_result *result, void *arg)
{
	struct import_run *run = arg;
	uint64_t id = store_result_uint(result, "first_id");

	if (import_call_failed(run, result))
		return;
	for (size_t i = 0; i < run->chunk_count; i++)
		run->list.items[run->chunk[i]].id = id++;
	import_take_ids(run); /* for those behind the cursor */
}

/* After those that keep theirs: the counter is above them now. */
void import_take_ids(struct import_run *run)
{
	if (run->effect == STORE_WRITE && import_gather(run, IMPORT_PROXY, STORE_IMPORT_LOGS_MAX))
		store_id_take(run->req->api->store, (uint32_t)run->chunk_count, on_ids, run);
	else
		import_run_next(run);
}
