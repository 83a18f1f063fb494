/*
 * usage.c: what proxies have carried: GET /api/proxies/{id}/usage and, for many at once, GET
 * /api/proxies/usage. Minute by minute, as arrays of equal length that a sparkline can be drawn of: a minute
 * without traffic is 0, the last one is the present minute.
 */
#include <stdio.h>
#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/handlers/query.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/iso8601.h"
#include "shared/model/proxy.h"
#include "shared/store/store_nodes.h"
#include "shared/store/store_result.h"

enum {
	MINUTES_DEFAULT = 60,
	MINUTES_MAX = 180,
	COUNTS = 4,
	ROW_NUMBERS = 1 + COUNTS,
	TOTALS_NUMBERS = COUNTS + 1
};

/* As the store gives the four numbers, and as they are shown. */
static const char *const count_names[COUNTS] = {"bytes_up", "bytes_down", "connections", "errors"};

/* The handler's own, between question and answer. */
struct usage_question {
	enum { ONE, MANY } shape;
	uint32_t minutes;
	size_t count;
	uint64_t ids[STORE_USAGE_IDS_MAX];
};

/* An array of exactly `count` whole numbers. */
static bool read_numbers(const struct json *array, int64_t *numbers, size_t count)
{
	size_t i = 0;

	for (const struct json *value = json_first(array); value; value = json_next(value), i++)
		if (i == count || !json_i64(value, &numbers[i]))
			return false;
	return i == count;
}

static void put_counts(struct json_writer *w, const int64_t numbers[COUNTS])
{
	for (size_t i = 0; i < COUNTS; i++)
		json_put_int(w, count_names[i], numbers[i]);
}

static bool put_minutes(struct json_writer *w, const struct json *rows, uint32_t minutes)
{
	int64_t counts[COUNTS][MINUTES_MAX] = {0}, row[ROW_NUMBERS];

	for (const struct json *item = json_first(rows); item; item = json_next(item)) {
		if (!read_numbers(item, row, ROW_NUMBERS) || row[0] < 0 || row[0] >= minutes)
			return false;
		for (size_t i = 0; i < COUNTS; i++)
			counts[i][row[0]] = row[1 + i];
	}
	for (size_t i = 0; i < COUNTS; i++) {
		json_key(w, count_names[i]);
		json_array_begin(w);
		for (uint32_t minute = 0; minute < minutes; minute++)
			json_int(w, counts[i][minute]);
		json_array_end(w);
	}
	return true;
}

static bool put_totals(struct json_writer *w, const struct json *totals)
{
	int64_t numbers[TOTALS_NUMBERS];

	if (!read_numbers(totals, numbers, TOTALS_NUMBERS))
		return false;
	json_key(w, "totals");
	json_object_begin(w);
	put_counts(w, numbers);
	iso8601_put(w, "traffic_at", numbers[COUNTS]);
	json_object_end(w);
	return true;
}

/* Bytes; 0 = none. */
static int64_t month_limit(const struct record *record)
{
	struct json *limits = json_parse(record->proxy->limits, NULL, NULL);
	const struct json *member = json_member(limits, "bytes_per_month");
	int64_t bytes = 0;

	if (!member || !json_i64(member, &bytes))
		bytes = 0;
	json_free(limits);
	return bytes;
}

/* The present month, which may have no traffic yet, and its limit. */
static bool put_month(struct json_writer *w, const struct json *months, const struct record *record,
	const struct store_result *result)
{
	int64_t numbers[COUNTS] = {0}, limit = month_limit(record);
	char name[16];

	if (!slice_copy(store_result_str(result, "month"), name, sizeof(name)))
		return false;
	const struct json *month = json_member(months, name);
	if (month && !read_numbers(month, numbers, COUNTS))
		return false;
	json_key(w, "month");
	json_object_begin(w);
	json_put_cstr(w, "month", name);
	put_counts(w, numbers);
	if (limit > 0)
		json_put_int(w, "limit_bytes", limit);
	else
		json_put_null(w, "limit_bytes");
	iso8601_put(w, "ends_at", store_result_int(result, "month_ends_at"));
	json_object_end(w);
	return true;
}

static bool put_months(struct json_writer *w, const struct json *months)
{
	int64_t numbers[COUNTS];

	json_key(w, "months");
	json_array_begin(w);
	for (const struct json *month = json_first(months); month; month = json_next(month)) {
		if (!read_numbers(month, numbers, COUNTS))
			return false;
		json_object_begin(w);
		json_put_str(w, "month", json_name(month));
		put_counts(w, numbers);
		json_object_end(w);
	}
	json_array_end(w);
	return true;
}

static bool put_usage(struct json_writer *w, const struct json *usage, const struct record *record,
	const struct store_result *result, uint32_t minutes)
{
	const struct json *months = json_member(usage, "months");
	int64_t first = store_result_int(result, "now_ms") / 60000 - minutes + 1;

	json_object_begin(w);
	json_put_int(w, "id", record->proxy->id);
	iso8601_put(w, "start", first * 60000);
	json_put_uint(w, "minutes", minutes);
	if (!put_minutes(w, json_member(usage, "minutes"), minutes) ||
		!put_totals(w, json_member(usage, "totals")) || !put_month(w, months, record, result) ||
		!put_months(w, months))
		return false;
	json_object_end(w);
	return true;
}

/* False: what the store gave cannot be read. A proxy that was deleted meanwhile is left out. */
static bool put_all(struct json_writer *w, struct request *req, const struct json *list,
	const struct store_result *result)
{
	const struct usage_question *question = req->work;

	for (const struct json *usage = json_first(list); usage; usage = json_next(usage)) {
		const struct record *record;
		int64_t id;

		if (!json_get_i64(usage, "id", &id, NULL))
			return false;
		record = records_find(req->api->records, (uint64_t)id);
		if (record && !put_usage(w, usage, record, result, question->minutes))
			return false;
	}
	return true;
}

static void on_read(const struct store_result *result, void *arg)
{
	const struct json_limits limits = {.max_bytes = 8 * 1024 * 1024, .max_depth = 8};
	struct request *req = request_from(arg);
	const struct usage_question *question = req->work;
	struct json *list;
	struct json_writer w;
	struct err err = {0};
	struct buf body;

	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	list = json_parse(store_result_str(result, "usage"), &limits, &err);
	buf_init(&body, 0);
	json_writer_init(&w, &body);
	if (question->shape == MANY)
		json_array_begin(&w);
	bool ok = list && put_all(&w, req, list, result);
	if (question->shape == MANY)
		json_array_end(&w);
	json_free(list);
	if (!ok)
		reply_unknown(req, "the usage that the store gave cannot be read");
	else if (body.len == 0)
		reply_problem(req, 404, "err.not_found", NULL, "There is no such proxy.");
	else
		reply_json(req, 200, &body);
	buf_done(&body);
}

static struct usage_question *question_new(struct request *req)
{
	struct usage_question *question = mem_zalloc(sizeof(*question));

	req->work = question;
	req->work_free = free;
	return question;
}

/* False after a 400. */
static bool take_minutes(struct request *req, struct usage_question *question)
{
	uint64_t minutes = MINUTES_DEFAULT;

	if (!query_number(req, "minutes", 1, MINUTES_MAX, &minutes))
		return false;
	question->minutes = (uint32_t)minutes;
	return true;
}

static void ask(struct request *req)
{
	struct usage_question *question = req->work;

	store_usage_read(req->api->store, question->minutes, question->ids, question->count, on_read, req);
}

void usage_get(struct request *req)
{
	struct usage_question *question;

	if (!proxy_of_request(req, MAY_SEE_PROXY))
		return;
	question = question_new(req);
	if (!take_minutes(req, question))
		return;
	question->shape = ONE;
	question->count = 1;
	question->ids[0] = req->path_id;
	ask(req);
}

/* "1,2,3": those that the caller may see. Others are left out, as if they did not exist. False: no such list.
 */
static bool take_ids(struct request *req, struct usage_question *question, struct slice list)
{
	struct slice item;
	size_t named = 0;
	uint64_t id;

	while (list.len > 0) {
		slice_cut(list, ',', &item, &list);
		if (!slice_parse_u64(slice_trim(item, " "), &id) || id == 0 || id > QUERY_ID_MAX ||
			named++ == STORE_USAGE_IDS_MAX)
			return false;
		const struct record *record = records_find(req->api->records, id);
		if (record && session_may(&req->caller.who, MAY_SEE_PROXY, record->proxy->user_id))
			question->ids[question->count++] = id;
	}
	return named > 0;
}

void usage_list(struct request *req)
{
	struct usage_question *question = question_new(req);
	char ids[STORE_USAGE_IDS_MAX * 20], detail[96];
	bool bad;

	if (!take_minutes(req, question))
		return;
	if (!request_query(req, "ids", ids, sizeof(ids), &bad) ||
		!take_ids(req, question, slice_from_str(ids))) {
		snprintf(detail, sizeof(detail), "ids must name 1 to %d proxies, separated by commas.",
			STORE_USAGE_IDS_MAX);
		query_refuse(req, "ids", detail);
		return;
	}
	question->shape = MANY;
	if (question->count > 0) {
		ask(req);
		return;
	}
	struct buf empty;
	buf_init(&empty, 0);
	buf_append_str(&empty, "[]");
	reply_json(req, 200, &empty);
}
