/* import_run.c: see import_run.h. */
#include "api-node/import/import_run.h"

#include <stdio.h>
#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/import/import_steps.h"
#include "api-node/sessions.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/json/json_writer.h"
#include "shared/store/store_log.h"
#include "shared/store/store_result.h"

static void write_history(struct import_run *run);
static void finish(struct import_run *run);

typedef void step_fn(struct import_run *run);

/* In this order, so that what was broken off can be repeated: people before what is theirs, proxies before
 * their history.
 */
static step_fn *const steps[] = {
	import_judge_proxies,
	import_check_restore,
	import_users,
	import_kept_proxies,
	import_take_ids,
	import_kept_proxies,
	import_tokens,
	import_channels,
	import_logs,
	import_settings,
	import_numbers,
	write_history,
	finish,
};

struct import_run *import_run_new(struct request *req, enum import_source source, enum store_effect effect)
{
	struct import_run *run = mem_zalloc(sizeof(*run));

	run->req = req;
	run->source = source;
	run->effect = effect;
	import_list_init(&run->list);
	buf_init(&run->report, 0);
	for (size_t kind = 0; kind < IMPORT_KIND_COUNT; kind++)
		hash_map_init(&run->by_from_id[kind]);
	return run;
}

void import_run_free(void *arg)
{
	struct import_run *run = arg;

	for (size_t kind = 0; kind < IMPORT_KIND_COUNT; kind++)
		hash_map_done(&run->by_from_id[kind]);
	import_list_done(&run->list);
	buf_done(&run->report);
	free(run);
}

static struct slice id_bytes(const int64_t *id)
{
	return slice_of((const char *)id, sizeof(*id));
}

void import_run_start(struct import_run *run, import_done_fn *done)
{
	/* The list is complete: its items stay where they are. Of those with the same id the first counts. */
	for (size_t i = 0; i < run->list.count; i++) {
		struct import_item *item = &run->list.items[i];
		if (item->from_id > 0 &&
			!hash_map_find(&run->by_from_id[item->kind], id_bytes(&item->from_id)))
			hash_map_set(&run->by_from_id[item->kind], id_bytes(&item->from_id), item);
	}
	run->done = done;
	run->step = 0;
	run->cursor = 0;
	steps[0](run);
}

void import_run_next(struct import_run *run)
{
	ensure(run->step + 1 < ARRAY_LEN(steps));
	run->cursor = 0;
	steps[++run->step](run);
}

bool import_gather(struct import_run *run, enum import_kind kind, size_t max)
{
	ensure(max <= ARRAY_LEN(run->chunk));
	run->chunk_count = 0;
	for (; run->cursor < run->list.count && run->chunk_count < max; run->cursor++) {
		const struct import_item *item = &run->list.items[run->cursor];
		if (item->kind == kind && item->result == RESULT_UNDECIDED)
			run->chunk[run->chunk_count++] = run->cursor;
	}
	return run->chunk_count > 0;
}

uint64_t import_id_here(const struct import_run *run, enum import_kind kind, int64_t from_id)
{
	const struct import_item *item = hash_map_find(&run->by_from_id[kind], id_bytes(&from_id));

	return item ? item->id : 0;
}

bool import_call_failed(struct import_run *run, const struct store_result *result)
{
	if (result->status == STORE_OK)
		return false;
	log_warning("an import stopped half way, it can be repeated", log_str("request", run->req->id),
		log_str("status", store_status_text(result->status)));
	store_refusal_reply(run->req, result);
	return true;
}

static unsigned count_of(const struct import_run *run, enum import_kind kind, enum import_result result)
{
	unsigned count = 0;

	for (size_t i = 0; i < run->list.count; i++)
		count += run->list.items[i].kind == kind && run->list.items[i].result == result;
	return count;
}

static void on_history(const struct store_result *result, void *arg)
{
	/* A line that is missing is no reason to call the import a failure. */
	(void)result;
	import_run_next(arg);
}

/* One line for all, when something was taken in. */
static void write_history(struct import_run *run)
{
	struct json_writer w;
	struct buf params;
	unsigned taken = run->settings == SETTINGS_CHANGED;

	buf_init(&params, 0);
	json_writer_init(&w, &params);
	json_object_begin(&w);
	json_put_cstr(&w, "source", run->source == IMPORT_BACKUP ? "backup" : "data.json");
	for (enum import_kind kind = 0; kind < IMPORT_KIND_COUNT; kind++) {
		unsigned count = count_of(run, kind, RESULT_CREATED) + count_of(run, kind, RESULT_REPLACED);
		json_put_uint(&w, import_kind_text(kind), count);
		taken += count;
	}
	json_object_end(&w);
	const struct store_log_entry entry = {
		.action = "import",
		.status = "success",
		.message_id = "",
		.params = buf_slice(&params),
		.user = actor_of(run->req),
	};
	if (taken > 0 && run->effect == STORE_WRITE)
		store_log_add(run->req->api->store, &entry, on_history, run);
	else
		import_run_next(run);
	buf_done(&params);
}

static void reply_done(struct request *req)
{
	struct import_run *run = req->work;

	run->done(req, run);
}

static void finish(struct import_run *run)
{
	sessions_caught_up(run->req, reply_done);
}
