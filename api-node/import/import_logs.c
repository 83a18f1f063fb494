/* import_logs.c: history: put where it belongs by its time, under ids made of it, so that a second import
 * finds it there. One script call takes all, the newest STORE_IMPORT_LOGS_MAX. */
#include <inttypes.h>
#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/import/import_steps.h"
#include "api-node/import/import_verdicts.h"
#include "shared/base/ensure.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/store/store_result.h"

/* Of the number that tells entries of one ms apart: an id that is larger is folded, always alike. */
#define SEQ_BELOW 1000000000000LL

static int64_t number_of(const struct json *fields, const char *name)
{
	int64_t number;

	return slice_parse_i64(json_str_of(fields, name), &number) ? number : 0;
}

/* The tool's words for how it ended, as ours. */
static const char *status_of(struct slice status)
{
	if (slice_eq_str(status, "success"))
		return "success";
	if (slice_eq_str(status, "failed") || slice_eq_str(status, "failure") ||
		slice_eq_str(status, "error"))
		return "error";
	return slice_eq_str(status, "warning") ? "warning" : "info";
}

/* The entry as log.lua writes one, without its braces and id; its own words are kept as a parameter. */
static void write_entry(struct buf *out, const struct json *fields, uint64_t proxy_id)
{
	struct slice details = json_str_of(fields, "details");
	struct json_writer w;

	json_writer_init(&w, out);
	json_object_begin(&w);
	json_put_uint(&w, "proxy_id", proxy_id);
	json_put_str(&w, "action", json_str_of(fields, "action"));
	json_put_str(&w, "region", json_str_of(fields, "region"));
	json_put_cstr(&w, "status", status_of(json_str_of(fields, "status")));
	json_put_cstr(&w, "message_id", details.len > 0 ? "import.log" : "");
	json_key(&w, "params");
	json_object_begin(&w);
	if (details.len > 0)
		json_put_str(&w, "text", details);
	json_object_end(&w);
	json_put_cstr(&w, "user", "|import");
	json_put_int(&w, "timestamp", number_of(fields, "at"));
	json_object_end(&w);
}

static void write_item(struct json_writer *w, const struct import_run *run, const struct import_item *item)
{
	struct json *fields = json_parse(import_item_fields(&run->list, item), NULL, NULL);
	uint64_t proxy_id = import_id_here(run, IMPORT_PROXY, number_of(fields, "proxy_id"));
	struct buf entry;

	buf_init(&entry, 0);
	write_entry(&entry, fields, proxy_id);
	json_object_begin(w);
	json_put_int(w, "at", number_of(fields, "at"));
	json_put_int(w, "seq", item->from_id > 0 ? item->from_id % SEQ_BELOW : 0);
	json_put_uint(w, "proxy_id", proxy_id);
	json_put_str(w, "entry", slice_of(entry.data + 1, entry.len - 2));
	json_object_end(w);
	buf_done(&entry);
	json_free(fields);
}

static void decide(struct import_run *run, size_t index, const struct import_verdict *verdict)
{
	run->list.items[index].result =
		slice_eq_str(verdict->word, "created") ? RESULT_CREATED : RESULT_EXISTS;
}

static void on_logs(const struct store_result *result, void *arg)
{
	struct import_run *run = arg;

	if (result->status == STORE_FULL) {
		for (size_t i = 0; i < run->chunk_count; i++)
			import_item_decide(&run->list.items[run->chunk[i]], RESULT_CONFLICT,
				"import.log_full", SLICE_NONE);
		import_run_next(run);
	} else if (!import_call_failed(run, result) && import_verdicts(run, result, decide)) {
		import_run_next(run);
	}
}

/* How an entry stands in time. */
struct moment {
	int64_t at, seq;
	size_t item;
};

static int by_time(const void *a, const void *b)
{
	const struct moment *left = a, *right = b;

	if (left->at != right->at)
		return left->at < right->at ? -1 : 1;
	return left->seq < right->seq ? -1 : left->seq > right->seq;
}

/* run->chunk: the newest ones, oldest first; those before them are refused. */
static void choose(struct import_run *run)
{
	struct moment *moments = mem_alloc((run->list.count + 1) * sizeof(*moments));
	size_t count = 0, skip;

	for (size_t i = 0; i < run->list.count; i++) {
		const struct import_item *item = &run->list.items[i];
		if (item->kind != IMPORT_LOG || item->result != RESULT_UNDECIDED)
			continue;
		moments[count++] = (struct moment){item->at_ms, item->from_id, i};
	}
	qsort(moments, count, sizeof(*moments), by_time);
	skip = count > STORE_IMPORT_LOGS_MAX ? count - STORE_IMPORT_LOGS_MAX : 0;
	for (size_t i = 0; i < skip; i++)
		import_item_decide(
			&run->list.items[moments[i].item], RESULT_REFUSED, "import.log_old", SLICE_NONE);
	run->chunk_count = count - skip;
	for (size_t i = 0; i < run->chunk_count; i++)
		run->chunk[i] = moments[skip + i].item;
	free(moments);
}

void import_logs(struct import_run *run)
{
	struct json_writer w;
	struct buf text;

	choose(run);
	if (run->chunk_count == 0) {
		import_run_next(run);
		return;
	}
	buf_init(&text, 0);
	json_writer_init(&w, &text);
	json_array_begin(&w);
	for (size_t i = 0; i < run->chunk_count; i++)
		write_item(&w, run, &run->list.items[run->chunk[i]]);
	json_array_end(&w);
	store_import_logs(run->req->api->store, run->effect, buf_slice(&text), on_logs, run);
	buf_done(&text);
}
