/*
 * rotation.c: asking for work on one proxy: rotate (and taking a scheduled one back), sync, check, restart.
 * The scheduler does the work; the caller waits here for its result (job_waits.h), at most 15 s.
 */
#include <stdio.h>

#include "api-node/api.h"
#include "api-node/handlers/field_text.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/job_reply.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/job_waits.h"
#include "api-node/public_ports.h"
#include "api-node/records.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/json/json_writer.h"
#include "shared/model/endpoint.h"
#include "shared/model/iso8601.h"
#include "shared/model/job.h"
#include "shared/model/proxy.h"
#include "shared/model/validate.h"
#include "shared/store/store_proxies.h"
#include "shared/store/store_result.h"
#include "shared/store/store_rotation.h"

static void reply_scheduled(struct request *req, const struct store_result *result)
{
	char at[ISO8601_TEXT_BYTES];
	struct json_writer w;
	struct buf body;

	iso8601_text(store_result_int(result, "at_ms"), at);
	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_put_uint(&w, "id", req->path_id);
	json_put_cstr(&w, "rotation_state", "scheduled");
	json_put_cstr(&w, "rotation_scheduled_at", at);
	json_put_int(&w, "retry_after_seconds", (store_result_int(result, "retry_in_ms") + 999) / 1000);
	json_object_end(&w);
	reply_json(req, 202, &body);
}

static void on_requested(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);

	switch (result->status) {
	case STORE_QUEUED:
	case STORE_JOINED:
		job_waits_add(req->api->job_waits, req, store_result_str(result, "job"), job_reply);
		return;
	case STORE_SCHEDULED: reply_scheduled(req, result); return;
	default: store_refusal_reply(req, result); return;
	}
}

static void request_job(struct request *req, const char *kind, struct slice region, enum store_when when)
{
	const struct store_rotation_request request = {
		.id = req->path_id,
		.kind = kind,
		.actor = actor_of(req),
		.region = region,
		.when = when,
	};

	store_rotation_request(req->api->store, &request, on_requested, req);
}

static bool read_when(const struct json *body, enum store_when *ret_when, struct field_err *err)
{
	struct slice when = SLICE_LIT("now");

	if (!field_text_member(body, "when", &when, err))
		return false;
	*ret_when = slice_eq_str(when, "now") ? STORE_WHEN_NOW : STORE_WHEN_ALLOWED;
	if (*ret_when == STORE_WHEN_NOW || slice_eq_str(when, "allowed"))
		return true;
	field_err_wanted(err, "when", "err.choice", "now, allowed");
	return field_err_value(err, when);
}

void rotation_rotate(struct request *req)
{
	static const char *const names[] = {"region", "when"};
	struct slice region = SLICE_NONE;
	enum store_when when = STORE_WHEN_NOW;
	struct field_err err = {0};

	if (!proxy_of_request(req, MAY_ROTATE_PROXY))
		return;
	if (req->json && (!field_only_members(req->json, names, ARRAY_LEN(names), &err) ||
				 !field_text_member(req->json, "region", &region, &err) ||
				 (region.data && !validate_region(&region, &err)) ||
				 !read_when(req->json, &when, &err)))
		field_reply(req, &err);
	else
		request_job(req, "rotate", region, when);
}

void rotation_sync(struct request *req)
{
	if (proxy_of_request(req, MAY_ROTATE_PROXY))
		request_job(req, "sync", SLICE_NONE, STORE_WHEN_NOW);
}

/* Through a relay, by the first way that the API offers to clients. */
static void check_endpoint(struct request *req, const struct proxy *proxy)
{
	const struct public_access *access = public_ports_access(req->api->public_ports);
	struct endpoint endpoints[ENDPOINT_MAX];
	char target[JOB_TARGET_BYTES];
	struct ip_addr addr;

	if (endpoint_list(access, proxy->subdomain, proxy->number, endpoints) == 0) {
		reply_problem(req, 409, "err.no_way", NULL, NULL);
		return;
	}
	const struct endpoint *first = &endpoints[0];
	bool v6 = ip_addr_parse(slice_from_str(first->host), &addr) && !ip_addr_is_v4(&addr);
	snprintf(target, sizeof(target), v6 ? "%s://[%s]:%u" : "%s://%s:%u", first->scheme, first->host,
		first->port);
	store_probe_request(req->api->store, req->path_id, actor_of(req), endpoint_way_text(first->way),
		slice_from_str(target), on_requested, req);
}

void rotation_check(struct request *req)
{
	static const char *const names[] = {"via"};
	const struct record *record = proxy_of_request(req, MAY_ROTATE_PROXY);
	struct slice via = SLICE_LIT("upstream");
	struct field_err err = {0};

	if (!record)
		return;
	if (req->json && (!field_only_members(req->json, names, ARRAY_LEN(names), &err) ||
				 !field_text_member(req->json, "via", &via, &err)))
		field_reply(req, &err);
	else if (slice_eq_str(via, "endpoint"))
		check_endpoint(req, record->proxy);
	else if (slice_eq_str(via, "upstream"))
		request_job(req, "check", SLICE_NONE, STORE_WHEN_NOW);
	else
		reply_problem(req, 422, "err.choice", "{\"field\":\"via\",\"wanted\":\"upstream, endpoint\"}",
			"via must be \"upstream\" or \"endpoint\".");
}

static void reply_version(struct request *req, const struct store_result *result)
{
	struct json_writer w;
	struct buf body;

	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_put_uint(&w, "id", req->path_id);
	if (store_result_has(result, "restart_seq"))
		json_put_int(&w, "restart_seq", store_result_int(result, "restart_seq"));
	json_put_str(&w, "version", store_result_str(result, "version"));
	json_object_end(&w);
	reply_json(req, 200, &body);
}

static void on_restarted(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);

	if (result->status == STORE_OK)
		reply_version(req, result);
	else
		store_refusal_reply(req, result);
}

void rotation_restart(struct request *req)
{
	if (proxy_of_request(req, MAY_ROTATE_PROXY))
		store_proxy_restart(req->api->store, req->path_id, actor_of(req), on_restarted, req);
}

static void on_cancelled(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);

	if (result->status == STORE_OK)
		reply_version(req, result);
	else if (result->status == STORE_NOTHING)
		reply_problem(req, 409, "err.not_scheduled", NULL,
			"No rotation is scheduled; there is nothing to cancel.");
	else
		store_refusal_reply(req, result);
}

void rotation_cancel(struct request *req)
{
	if (proxy_of_request(req, MAY_ROTATE_PROXY))
		store_rotation_cancel(req->api->store, req->path_id, actor_of(req), on_cancelled, req);
}
