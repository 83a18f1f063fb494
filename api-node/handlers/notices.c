/*
 * notices.c: the channels over which people are told outside the page: kept here, used by the schedulers. For
 * administrators: a channel hears of every proxy that its filters let through.
 */
#include "api-node/api.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/notice_form.h"
#include "api-node/handlers/notice_reply.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/handlers/query.h"
#include "api-node/job_waits.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/job_result.h"
#include "shared/model/raw_json.h"
#include "shared/model/validate.h"
#include "shared/store/store_notices.h"
#include "shared/store/store_result.h"

#include <stdlib.h>

enum { DELIVERIES_DEFAULT = 50, DELIVERIES_MAX = 500, BEFORE_BYTES = 48 };

/* --- showing
 * --------------------------------------------------------------------------------------------------- */

static void on_list(const struct store_result *result, void *arg)
{
	static const struct json_limits limits = {.max_bytes = 1 << 20, .max_depth = 4};
	struct request *req = request_from(arg);
	struct err err = {0};
	struct json_writer w;
	struct buf body;

	if (result->status != STORE_OK) {
		notice_refusal_reply(req, result);
		return;
	}
	struct json *list = json_parse(store_result_str(result, "channels"), &limits, &err);
	if (!list) {
		reply_unknown(req, err.msg);
		return;
	}
	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_array_begin(&w);
	for (const struct json *v = json_first(list); v; v = json_next(v)) {
		struct notice_channel channel;

		if (notice_channel_from_json(v, &channel, &err))
			notice_channel_write(&w, &channel, SLICE_NONE);
		else
			log_warning("a channel cannot be read, leaving it out", log_err(&err));
	}
	json_array_end(&w);
	json_free(list);
	reply_json(req, 200, &body);
}

void notices_list(struct request *req)
{
	store_notice_list(req->api->store, 0, on_list, req);
}

static void reply_channel(struct request *req, unsigned status, struct slice text, struct slice secret)
{
	struct notice_channel channel;
	struct err err = {0};
	struct json_writer w;
	struct buf body;
	struct json *json = json_parse(text, NULL, &err);

	if (!json || !notice_channel_from_json(json, &channel, &err)) {
		json_free(json);
		reply_unknown(req, err.msg);
		return;
	}
	buf_init(&body, 0);
	json_writer_init(&w, &body);
	notice_channel_write(&w, &channel, secret);
	json_free(json);
	reply_json(req, status, &body);
}

/* --- changing
 * -------------------------------------------------------------------------------------------------- */

static void form_free(void *work)
{
	notice_form_done(work);
	free(work);
}

static struct notice_form *form_of(struct request *req)
{
	const struct api_config *config = req->api->config;
	struct notice_form *form = mem_zalloc(sizeof(*form));

	notice_form_init(form, config->notify_allow_private ? NOTICE_ADDRESS_ANY : NOTICE_ADDRESS_PUBLIC);
	req->work = form;
	req->work_free = form_free;
	return form;
}

static void on_saved(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct notice_form *form = req->work;

	if (result->status != STORE_OK)
		notice_refusal_reply(req, result);
	else
		reply_channel(req, req->method == METHOD_POST ? 201 : 200,
			store_result_str(result, "channel"), slice_from_str(form->new_secret));
}

static void save(struct request *req, uint64_t id)
{
	struct notice_form *form = req->work;
	struct err err = {0};

	if (!notice_form_seal(form, req->api->keyring, id, &err))
		reply_unknown(req, err.msg);
	else
		store_notice_save(
			req->api->store, id, actor_of(req), proxy_form_fields(&form->fields), on_saved, req);
}

static void on_id(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);

	if (result->status != STORE_OK)
		notice_refusal_reply(req, result);
	else
		save(req, store_result_uint(result, "id"));
}

void notices_create(struct request *req)
{
	struct field_err err = {0};

	if (!notice_form_create(form_of(req), req->json, &err))
		field_reply(req, &err);
	else
		store_notice_id_take(req->api->store, on_id, req);
}

/* What may be written depends on the kind, which never changes. */
static void on_known(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct field_err field = {0};
	struct notice_channel channel;
	struct err err = {0};

	if (result->status != STORE_OK) {
		notice_refusal_reply(req, result);
		return;
	}
	struct json *list = json_parse(store_result_str(result, "channels"), NULL, &err);
	const struct json *first = list ? json_first(list) : NULL;
	bool known = first && notice_channel_from_json(first, &channel, &err);
	json_free(list);
	if (!first)
		reply_problem(req, 404, "err.not_found", NULL, "There is no such channel.");
	else if (!known)
		reply_unknown(req, err.msg);
	else if (!notice_form_edit(form_of(req), channel.kind, req->json, &field))
		field_reply(req, &field);
	else
		save(req, req->path_id);
}

void notices_update(struct request *req)
{
	store_notice_list(req->api->store, req->path_id, on_known, req);
}

static void on_deleted(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);

	if (result->status != STORE_OK)
		notice_refusal_reply(req, result);
	else
		reply_empty(req, 204);
}

void notices_delete(struct request *req)
{
	store_notice_delete(req->api->store, req->path_id, actor_of(req), on_deleted, req);
}

/* --- a test
 * ---------------------------------------------------------------------------------------------------- */

static void on_tested(struct request *req, const struct job_result *result)
{
	const struct json *params = result ? job_result_params(result) : NULL;
	const struct json *status = params ? json_member(params, "status") : NULL;
	char text[512] = "{}", id[64];
	int64_t http_status = 0;
	struct json_writer w;
	struct buf body;

	if (status && !json_i64(status, &http_status))
		http_status = 0;
	if (result && result->outcome == JOB_OUTCOME_ERROR) {
		if (result->params.len > 0 && !slice_copy(result->params, text, sizeof(text)))
			text[0] = '\0';
		reply_provider_message(req, result->provider_message);
		if (!slice_copy(result->message_id, id, sizeof(id)))
			id[0] = '\0';
		reply_problem(req, 502, id[0] ? id : "err.notify", text[0] ? text : NULL, NULL);
		return;
	}
	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_put_uint(&w, "id", req->path_id);
	if (result) {
		json_put_bool(&w, "sent", true);
		json_put_int(&w, "status", http_status);
		json_put_str(&w, "answer", result->provider_message);
		json_put_int(&w, "latency_ms", result->latency_ms);
	} else {
		json_put_cstr(&w, "status", "running");
	}
	json_object_end(&w);
	reply_json(req, result ? 200 : 202, &body);
}

static void on_test_queued(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);

	if (result->status != STORE_QUEUED)
		notice_refusal_reply(req, result);
	else
		job_waits_add(req->api->job_waits, req, store_result_str(result, "job"), on_tested);
}

void notices_test(struct request *req)
{
	store_notice_test(req->api->store, req->path_id, actor_of(req), on_test_queued, req);
}

/* --- what was sent
 * --------------------------------------------------------------------------------------------- */

static void on_deliveries(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct slice name, value;
	struct json_writer w;
	struct buf body;

	if (result->status != STORE_OK) {
		notice_refusal_reply(req, result);
		return;
	}
	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_array_begin(&w);
	struct raw_json walk = raw_json_of(store_result_str(result, "deliveries"));
	while (raw_json_next(&walk, &name, &value))
		if (!notice_delivery_write(&w, value))
			log_warning("a delivery cannot be read, leaving it out");
	json_array_end(&w);
	reply_json(req, 200, &body);
}

/* "<ms>-<number>"; empty: none was given. */
static bool is_delivery_id(const char *text)
{
	struct slice ms, number;
	uint64_t value;

	return !*text || (slice_cut(slice_from_str(text), '-', &ms, &number) && ms.len <= 15 &&
				 slice_parse_u64(ms, &value) && slice_parse_u64(number, &value));
}

void notices_deliveries(struct request *req)
{
	char before[BEFORE_BYTES] = "";
	uint64_t limit = DELIVERIES_DEFAULT, channel = 0;
	bool bad;

	if (!query_number(req, "limit", 1, DELIVERIES_MAX, &limit) ||
		!query_number(req, "channel", 1, QUERY_ID_MAX, &channel))
		return;
	if ((!request_query(req, "before", before, sizeof(before), &bad) && bad) || !is_delivery_id(before)) {
		query_refuse(req, "before", "before must be the id of a delivery, such as 1767225600000-0.");
		return;
	}
	store_notice_deliveries(
		req->api->store, channel, slice_from_str(before), (uint32_t)limit, on_deliveries, req);
}
