/*
 * import_restore.c: what only a backup needs: that the host is empty, or has the very same proxies (a restore
 * that broke off, or is repeated); API tokens and channels for notices; and the counters, which go on where
 * they stood.
 */
#include <inttypes.h>
#include <stdio.h>

#include "api-node/api.h"
#include "api-node/import/import_secret.h"
#include "api-node/import/import_steps.h"
#include "api-node/import/import_verdicts.h"
#include "api-node/reply.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/store/store_result.h"

/* --- only onto what is empty or the same --- */

void import_check_restore(struct import_run *run)
{
	uint64_t same = 0, other = 0;
	char params[64], detail[256];

	for (size_t i = 0; i < run->list.count; i++) {
		const struct import_item *item = &run->list.items[i];
		same += item->kind == IMPORT_PROXY && item->result == RESULT_EXISTS;
		other += item->kind == IMPORT_PROXY && item->result == RESULT_CONFLICT;
	}
	if (run->source != IMPORT_BACKUP || (other == 0 && run->proxies_here <= same)) {
		import_run_next(run);
		return;
	}
	uint64_t foreign = run->proxies_here > same ? run->proxies_here - same : other;
	snprintf(params, sizeof(params), "{\"n\":%" PRIu64 "}", foreign);
	snprintf(detail, sizeof(detail),
		"%" PRIu64
		" of the proxies here are not those of the backup. Nothing was changed: restore onto an empty "
		"host.",
		foreign);
	reply_problem(run->req, 409, "import.not_empty", params, detail);
}

/* --- what belongs to people: tokens, channels for notices --- */

typedef void send_fn(struct store *s, enum store_effect effect, const struct slice *records, size_t count,
	store_done_fn *done, void *arg);

static const struct owned {
	enum import_kind kind;
	send_fn *send;
	const char *taken; /* why one may stand in its place here */
} tokens = {IMPORT_TOKEN, store_import_tokens, "import.token_taken"},
  channels = {IMPORT_CHANNEL, store_import_channels, "import.channel_taken"};

static void owned_next(struct import_run *run, const struct owned *owned);

static const struct owned *owned_at_hand(const struct import_run *run)
{
	return run->list.items[run->chunk[0]].kind == IMPORT_TOKEN ? &tokens : &channels;
}

static void decide(struct import_run *run, size_t index, const struct import_verdict *verdict)
{
	struct import_item *item = &run->list.items[index];

	item->id = verdict->id;
	if (slice_eq_str(verdict->word, "created"))
		item->result = RESULT_CREATED;
	else if (slice_eq_str(verdict->word, "exists"))
		item->result = RESULT_EXISTS;
	else
		import_item_decide(item, RESULT_CONFLICT, owned_at_hand(run)->taken, SLICE_NONE);
}

static void on_owned(const struct store_result *result, void *arg)
{
	struct import_run *run = arg;
	const struct owned *owned = owned_at_hand(run);

	if (!import_call_failed(run, result) && import_verdicts(run, result, decide))
		owned_next(run, owned);
}

/* The record with its person's id here (in a dry run there may be none yet), its secrets sealed for this
 * fleet. */
static bool append_record(
	struct buf *out, const struct import_run *run, const struct import_item *item, struct err *err)
{
	struct json *fields = json_parse(import_item_fields(&run->list, item), NULL, err);
	const struct keyring *keyring = run->req->api->keyring;
	struct json_writer w;
	bool ok = fields != NULL;

	json_writer_init(&w, out);
	json_object_begin(&w);
	for (const struct json *value = json_first(fields); ok && value; value = json_next(value)) {
		const struct import_secret *secret = import_secret_find(item->kind, json_name(value));
		struct slice text;
		char id_here[24];
		uint64_t from_id;
		if (!json_str(value, &text) || text.len == 0)
			continue;
		if (slice_eq_str(json_name(value), "user_id") && slice_parse_u64(text, &from_id)) {
			snprintf(id_here, sizeof(id_here), "%" PRIu64,
				import_id_here(run, IMPORT_USER, (int64_t)from_id));
			text = slice_from_str(id_here);
		}
		if (secret) {
			ok = import_secret_write(
				secret, keyring, (uint64_t)item->from_id, SLICE_NONE, text, &w, err);
		} else {
			json_key_slice(&w, json_name(value));
			json_text(&w, text);
		}
	}
	json_object_end(&w);
	json_free(fields);
	return ok;
}

static void owned_next(struct import_run *run, const struct owned *owned)
{
	struct slice records[STORE_IMPORT_CHUNK];
	size_t ends[STORE_IMPORT_CHUNK];
	struct err err = {0};
	struct buf text;
	bool ok = true;

	if (!import_gather(run, owned->kind, STORE_IMPORT_CHUNK)) {
		import_run_next(run);
		return;
	}
	buf_init(&text, 0);
	for (size_t i = 0; ok && i < run->chunk_count; i++) {
		ok = append_record(&text, run, &run->list.items[run->chunk[i]], &err);
		ends[i] = text.len;
	}
	for (size_t i = 0; ok && i < run->chunk_count; i++) {
		size_t start = i > 0 ? ends[i - 1] : 0;
		records[i] = slice_of(text.data + start, ends[i] - start);
	}
	if (ok)
		owned->send(run->req->api->store, run->effect, records, run->chunk_count, on_owned, run);
	else
		reply_unknown(run->req, err.msg);
	buf_done(&text);
}

void import_tokens(struct import_run *run)
{
	owned_next(run, &tokens);
}

void import_channels(struct import_run *run)
{
	owned_next(run, &channels);
}

/* --- numbers --- */

static void on_numbers(const struct store_result *result, void *arg)
{
	struct import_run *run = arg;

	if (!import_call_failed(run, result))
		import_run_next(run);
}

void import_numbers(struct import_run *run)
{
	struct slice text = slice_of(run->list.text.data + run->list.numbers_at, run->list.numbers_len);
	struct json *numbers;

	if (text.len == 0 || run->effect == STORE_LOOK) {
		import_run_next(run);
		return;
	}
	numbers =
		json_parse(text, &(struct json_limits){.max_bytes = 64 * 1024 * 1024, .max_depth = 2}, NULL);
	const struct store_import_numbers values = {
		.next = json_str_of(numbers, "next"),
		.ids = json_str_of(numbers, "ids"),
		.user_ids = json_str_of(numbers, "user_ids"),
		.token_ids = json_str_of(numbers, "token_ids"),
		.free = json_str_of(numbers, "free"),
	};
	store_import_numbers(run->req->api->store, &values, on_numbers, run);
	json_free(numbers);
}
