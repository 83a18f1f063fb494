/*
 * store_topic_reader.c: see store_topic_reader.h.
 *
 *	routes:  version → HSCAN … HSCAN             → (GET allow_empty) → version
 *	records: version → settings → page … page    → (GET allow_empty) → version
 *
 * Each command carries a step {reader, ticket}; an answer whose ticket is no longer the newest ends its
 * chain.
 */
#include "shared/store/store_topic_reader.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/base/ensure.h"
#include "shared/json/json_scan.h"
#include "shared/model/raw_json.h"
#include "shared/store/store_keys.h"
#include "shared/store/store_script.h"

enum {
	READ_DEADLINE_MS = 10000,
	SCAN_COUNT = 1000,
	PAGE_RECORDS = 500,
	GAP_MESSAGES = 200,
	PAGE_MAX_BYTES = 32 * 1024 * 1024,
	PAGE_MAX_DEPTH = 32,
	NAME_BYTES = 256,
};

struct topic_reader {
	struct store *store;
	enum store_topic topic;
	const struct topic_reader_ops *ops;
	void *arg;
	struct watch *watch;
	uint32_t ticket;          /* of the newest snapshot or gap */
	uint64_t allow_empty_gen; /* as read at the end of this snapshot */
	unsigned inflight;        /* commands whose answers will still come here */
	enum { READER_LIVE, READER_GIVEN_UP } life;
	enum { VERSION_IDLE, VERSION_ASKED } version;
};

struct step {
	struct topic_reader *reader;
	uint32_t ticket;
};

/* ---- steps ---- */

static struct step *step_new(struct topic_reader *reader, uint32_t ticket)
{
	struct step *step = mem_zalloc(sizeof(*step));

	*step = (struct step){reader, ticket};
	reader->inflight++;
	return step;
}

/* Ends a step. NULL when its answer is of no use any more: given up, or a newer fetch runs. */
static struct topic_reader *step_end(struct step *step, uint32_t *ret_ticket)
{
	struct topic_reader *reader = step->reader;
	uint32_t ticket = step->ticket;

	free(step);
	reader->inflight--;
	if (reader->life == READER_GIVEN_UP) {
		if (reader->inflight == 0)
			free(reader);
		return NULL;
	}
	*ret_ticket = ticket;
	return ticket == reader->ticket ? reader : NULL;
}

static void name_of(const struct topic_reader *reader, const char *key, char dst[NAME_BYTES])
{
	snprintf(dst, NAME_BYTES, "%.*s%s", SLICE_ARG(store_prefix(reader->store)), key);
}

static void read_command(struct topic_reader *reader, uint32_t ticket, size_t argc, const struct slice *argv,
	store_reply_fn *fn)
{
	store_command(reader->store, READ_DEADLINE_MS, argc, argv, fn, step_new(reader, ticket));
}

static void version_call(struct topic_reader *reader, store_done_fn *done, void *arg)
{
	struct store_call call;

	store_call_begin(&call, SCRIPT_TOPIC_VERSION);
	store_call_str(&call, reader->topic == STORE_TOPIC_ROUTES ? STORE_KEY_ROUTES : STORE_KEY_RECORDS);
	store_call_send(reader->store, &call, done, arg);
}

/* ---- the end of a snapshot ---- */

static void on_end_version(const struct store_result *r, void *arg)
{
	uint32_t ticket;
	struct topic_reader *reader = step_end(arg, &ticket);

	if (!reader)
		return;
	if (r->status == STORE_OK)
		watch_snapshot_end(reader->watch, ticket, store_result_uint(r, "gen"),
			store_result_uint(r, "ver"), reader->allow_empty_gen);
	else
		watch_fetch_failed(reader->watch, ticket);
	reader->ops->moved(reader->arg);
}

static void on_allow_empty(const struct store_reply *reply, const struct err *lost, void *arg)
{
	uint32_t ticket;
	struct topic_reader *reader = step_end(arg, &ticket);
	int64_t gen = 0;

	(void)lost; /* the version read behind it fails the same way */
	if (!reader)
		return;
	reader->allow_empty_gen = store_reply_int(reply, &gen) && gen > 0 ? (uint64_t)gen : 0;
	version_call(reader, on_end_version, step_new(reader, ticket));
}

/* Whether emptiness is allowed is read before the version, so that it is never newer than the chunks. */
static void snapshot_end(struct topic_reader *reader, uint32_t ticket)
{
	char name[NAME_BYTES];

	if (watch_next_count(reader->watch) > 0) {
		version_call(reader, on_end_version, step_new(reader, ticket));
		return;
	}
	name_of(reader, STORE_KEY_ALLOW_EMPTY, name);
	read_command(
		reader, ticket, 2, (struct slice[]){SLICE_LIT("GET"), slice_from_str(name)}, on_allow_empty);
}

/* ---- chunks of routes ---- */

static void on_scan(const struct store_reply *reply, const struct err *lost, void *arg);

static void scan(struct topic_reader *reader, uint32_t ticket, struct slice cursor)
{
	char name[NAME_BYTES], count[16];

	name_of(reader, STORE_KEY_ROUTES, name);
	snprintf(count, sizeof(count), "%d", SCAN_COUNT);
	read_command(reader, ticket, 5,
		(struct slice[]){SLICE_LIT("HSCAN"), slice_from_str(name), cursor, SLICE_LIT("COUNT"),
			slice_from_str(count)},
		on_scan);
}

/* The version that wrote a route stands in it; 0 when it cannot be read, so that anything else is newer. */
static uint64_t version_in(struct slice value, const char *member)
{
	struct slice text;
	uint64_t ver = 0;

	if (!raw_json_member(value, member, &text))
		return 0;
	return slice_parse_u64(slice_trim(text, "\""), &ver) ? ver : 0;
}

static void on_scan(const struct store_reply *reply, const struct err *lost, void *arg)
{
	uint32_t ticket;
	struct topic_reader *reader = step_end(arg, &ticket);
	const struct store_reply *pairs = store_reply_at(reply, 1);
	struct slice cursor = store_reply_str(store_reply_at(reply, 0));

	if (!reader)
		return;
	if (lost || cursor.len == 0) {
		watch_fetch_failed(reader->watch, ticket);
		return;
	}
	for (size_t i = 0; i + 1 < store_reply_count(pairs); i += 2) {
		struct slice value = store_reply_str(store_reply_at(pairs, i + 1));
		watch_snapshot_entry(reader->watch, ticket, store_reply_str(store_reply_at(pairs, i)), value,
			version_in(value, "ver"));
	}
	if (slice_eq_str(cursor, "0"))
		snapshot_end(reader, ticket);
	else
		scan(reader, ticket, cursor);
}

/* ---- chunks of records ---- */

static void on_page(const struct store_result *r, void *arg);

static void page(struct topic_reader *reader, uint32_t ticket, struct slice after_id)
{
	struct store_call call;

	store_call_begin(&call, SCRIPT_RECORDS_PAGE);
	call.deadline_ms = READ_DEADLINE_MS;
	store_call_text(&call, after_id);
	store_call_uint(&call, PAGE_RECORDS);
	store_call_send(reader->store, &call, on_page, step_new(reader, ticket));
}

/* Gives the page's records to the watch. False when it is no array of objects with ids. */
static bool take_page(struct topic_reader *reader, uint32_t ticket, struct slice text)
{
	struct raw_json walk = raw_json_of(text);
	struct slice name, record, id;
	bool ok = text.len <= PAGE_MAX_BYTES && text.len > 0 && text.data[0] == '[' &&
		  json_scan(text, PAGE_MAX_DEPTH, NULL);

	while (ok && raw_json_next(&walk, &name, &record)) {
		ok = raw_json_member(record, "id", &id);
		if (ok)
			watch_snapshot_entry(reader->watch, ticket, slice_trim(id, "\""), record,
				version_in(record, "version"));
	}
	return ok;
}

static void on_page(const struct store_result *r, void *arg)
{
	uint32_t ticket;
	struct topic_reader *reader = step_end(arg, &ticket);
	struct slice last_id = store_result_str(r, "last_id");

	if (!reader)
		return;
	if (r->status != STORE_OK || !last_id.len ||
		!take_page(reader, ticket, store_result_str(r, "records")))
		watch_fetch_failed(reader->watch, ticket);
	else if (slice_eq_str(last_id, "0"))
		snapshot_end(reader, ticket);
	else
		page(reader, ticket, last_id);
}

static void on_settings(const struct store_result *r, void *arg)
{
	uint32_t ticket;
	struct topic_reader *reader = step_end(arg, &ticket);

	if (!reader)
		return;
	if (r->status != STORE_OK) {
		watch_fetch_failed(reader->watch, ticket);
		return;
	}
	watch_snapshot_entry(reader->watch, ticket, slice_from_str(STORE_RECORDS_SETTINGS_KEY),
		store_result_str(r, "settings"), store_result_uint(r, "version"));
	page(reader, ticket, SLICE_LIT("0"));
}

/* ---- the beginning of a snapshot ---- */

static void on_begin_version(const struct store_result *r, void *arg)
{
	uint32_t ticket;
	struct topic_reader *reader = step_end(arg, &ticket);
	struct store_call call;

	if (!reader)
		return;
	if (r->status != STORE_OK) {
		watch_fetch_failed(reader->watch, ticket);
		return;
	}
	watch_snapshot_begin(reader->watch, ticket, store_result_uint(r, "gen"), store_result_uint(r, "ver"));
	if (reader->topic == STORE_TOPIC_ROUTES) {
		scan(reader, ticket, SLICE_LIT("0"));
		return;
	}
	store_call_begin(&call, SCRIPT_SETTINGS_READ);
	store_call_send(reader->store, &call, on_settings, step_new(reader, ticket));
}

void topic_reader_snapshot(struct topic_reader *reader, uint32_t ticket)
{
	reader->ticket = ticket;
	reader->allow_empty_gen = 0;
	version_call(reader, on_begin_version, step_new(reader, ticket));
}

/* ---- gaps ---- */

/* One stream entry: [id, [field, message]]. */
static void take_stream_entry(struct topic_reader *reader, uint32_t ticket, const struct store_reply *entry)
{
	struct slice message = store_reply_str(store_reply_at(store_reply_at(entry, 1), 1));
	uint64_t gen, ver;
	struct change change;

	if (!version_parse(store_reply_str(store_reply_at(entry, 0)), &gen, &ver) || ver == 0)
		return;
	if (!change_parse(message, &change, NULL)) {
		watch_gap_broken(reader->watch, ticket, gen, ver);
		return;
	}
	if (change.gen == gen && change.ver == ver)
		watch_gap_message(reader->watch, ticket, &change);
	else
		watch_gap_broken(reader->watch, ticket, gen, ver);
	change_done(&change);
}

static void on_gap(const struct store_reply *reply, const struct err *lost, void *arg)
{
	uint32_t ticket;
	struct topic_reader *reader = step_end(arg, &ticket);

	if (!reader)
		return;
	if (lost || store_reply_type(reply) != STORE_REPLY_ARRAY) {
		watch_fetch_failed(reader->watch, ticket);
		return;
	}
	for (size_t i = 0; i < store_reply_count(reply); i++)
		take_stream_entry(reader, ticket, store_reply_at(reply, i));
	watch_gap_end(reader->watch, ticket);
	reader->ops->moved(reader->arg);
}

void topic_reader_gap(struct topic_reader *reader, uint32_t ticket, uint64_t gen, uint64_t ver)
{
	bool is_routes = reader->topic == STORE_TOPIC_ROUTES;
	char name[NAME_BYTES], from[VERSION_TEXT_BYTES + 1] = "(", count[16];

	reader->ticket = ticket;
	name_of(reader, is_routes ? STORE_KEY_ROUTES_CHANGES : STORE_KEY_RECORDS_CHANGES, name);
	version_text(gen, ver, from + 1);
	snprintf(count, sizeof(count), "%d", GAP_MESSAGES);
	read_command(reader, ticket, 6,
		(struct slice[]){SLICE_LIT("XRANGE"), slice_from_str(name), slice_from_str(from),
			SLICE_LIT("+"), SLICE_LIT("COUNT"), slice_from_str(count)},
		on_gap);
}

/* ---- the version ---- */

static void on_version(const struct store_result *r, void *arg)
{
	struct step *step = arg;
	struct topic_reader *reader = step->reader;
	uint32_t ignored;

	step->ticket = reader->ticket; /* of use whatever fetch runs */
	if (!step_end(step, &ignored))
		return;
	reader->version = VERSION_IDLE;
	if (r->status == STORE_OK)
		reader->ops->version(reader->arg, store_result_uint(r, "gen"), store_result_uint(r, "ver"));
}

void topic_reader_version(struct topic_reader *reader)
{
	if (reader->version == VERSION_ASKED)
		return;
	reader->version = VERSION_ASKED;
	version_call(reader, on_version, step_new(reader, 0));
}

/* ---- life ---- */

struct topic_reader *topic_reader_new(
	struct store *store, enum store_topic topic, const struct topic_reader_ops *ops, void *arg)
{
	struct topic_reader *reader = mem_zalloc(sizeof(*reader));

	*reader = (struct topic_reader){.store = store, .topic = topic, .ops = ops, .arg = arg};
	return reader;
}

void topic_reader_set_watch(struct topic_reader *reader, struct watch *watch)
{
	reader->watch = watch;
}

void topic_reader_free(struct topic_reader *reader)
{
	if (!reader)
		return;
	reader->life = READER_GIVEN_UP;
	if (reader->inflight == 0)
		free(reader);
}
