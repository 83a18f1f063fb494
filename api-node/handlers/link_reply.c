/* link_reply.c: see link_reply.h. Sentences are Vietnamese, as the vendor's are: tools search them. */
#include "api-node/handlers/link_reply.h"

#include <stdio.h>

#include "api-node/api.h"
#include "api-node/public_ports.h"
#include "api-node/records.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/endpoint.h"
#include "shared/model/job_result.h"
#include "shared/model/messages.h"
#include "shared/model/proxy.h"
#include "shared/model/validate.h"
#include "shared/store/store_result.h"

enum { RUNNING_ASK_AGAIN_S = 5, AWAY_RETRY_MS = 2000 };

/* Codes and errors are the vendor's where it has one for this; the others begin with the status, as its do.
 */
static const struct failure {
	const char *message_id;
	unsigned status, code;
	const char *error;
} failures[] = {
	{"link.unknown", 404, 40400006, "KEY_NOT_FOUND"}, {"link.cooldown", 409, 40001038, "COOLDOWN"},
	{"link.limited", 503, 50300002, "RATE_LIMITED"}, {"link.preview", 503, 50300009, "PREVIEW"},
	{"err.key_invalid", 422, 40400006, "KEY_NOT_FOUND"},
	{"err.key_expired", 422, 42200001, "KEY_EXPIRED"}, {"err.paused", 409, 40900001, "PAUSED"},
	{"err.static", 409, 40900002, "STATIC"}, {"err.not_offered", 409, 40900003, "NOT_OFFERED"},
	{"err.key_replaced", 409, 40900004, "KEY_REPLACED"}, {"err.choice", 422, 42200002, "BAD_REGION"},
	{"err.bad_request", 400, 40000000, "BAD_REQUEST"}, {"err.no_stock", 503, 50300001, "NO_STOCK"},
	{"err.rate_limited", 503, 50300002, "RATE_LIMITED"},
	{"err.transient", 503, 50300003, "TRANSIENT"}, /* and every failure that is not here */
};

static const struct failure *failure_of(struct slice message_id)
{
	for (size_t i = 0; i < ARRAY_LEN(failures); i++)
		if (slice_eq_str(message_id, failures[i].message_id))
			return &failures[i];
	return &failures[ARRAY_LEN(failures) - 1];
}

static void put_tail(struct json_writer *w, const struct request *req, const char *status)
{
	json_put_int(w, "timestamp", records_now_ms(req->api->records));
	json_put_cstr(w, "status", status);
}

/* `id` may be one that the table above does not have: its sentence is told all the same. */
static void reply_failure(struct request *req, struct slice id, const struct json *params)
{
	const struct failure *failure = failure_of(id);
	struct buf body, text;
	struct json_writer w;

	buf_init(&body, 0);
	buf_init(&text, 0);
	message_format(&text, id, MESSAGE_VIETNAMESE, params);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_put_bool(&w, "success", false);
	json_put_uint(&w, "code", failure->code);
	json_put_str(&w, "message", buf_slice(&text));
	put_tail(&w, req, "FAIL");
	json_put_cstr(&w, "error", failure->error);
	json_object_end(&w);
	buf_done(&text);
	reply_json(req, failure->status, &body);
}

static void reply_with_seconds(struct request *req, const char *message_id, int64_t delay_ms)
{
	char params[48];

	reply_retry_after(req, delay_ms > 0 ? (uint64_t)delay_ms : 1000);
	snprintf(params, sizeof(params), "{\"s\":%llu}", (unsigned long long)req->reply.retry_after_s);
	struct json *values = json_parse(slice_from_str(params), NULL, NULL);
	reply_failure(req, slice_from_str(message_id), values);
	json_free(values);
}

void link_reply_cooldown(struct request *req, int64_t retry_in_ms)
{
	reply_with_seconds(req, "link.cooldown", retry_in_ms);
}

void link_reply_limited(struct request *req, int64_t retry_in_ms)
{
	reply_with_seconds(req, "link.limited", retry_in_ms);
}

void link_reply_failure(struct request *req, const char *message_id)
{
	reply_failure(req, slice_from_str(message_id), NULL);
}

void link_reply_field(struct request *req, const struct field_err *err)
{
	struct json_writer w;
	struct buf params;

	buf_init(&params, 0);
	json_writer_init(&w, &params);
	field_err_params(err, &w);
	struct json *values = json_parse(buf_slice(&params), NULL, NULL);
	reply_failure(req, slice_from_str(err->message_id), values);
	json_free(values);
	buf_done(&params);
}

void link_reply_job_failure(struct request *req, const struct job_result *result)
{
	if (result->failure == FAILURE_COOLDOWN) {
		link_reply_cooldown(req, result->retry_in_ms);
		return;
	}
	if (failure_of(result->message_id)->status == 503)
		reply_retry_after(req, result->retry_in_ms > 0 ? (uint64_t)result->retry_in_ms : 1000);
	reply_failure(req, result->message_id, job_result_params(result));
}

void link_reply_refusal(struct request *req, const struct store_result *result)
{
	switch (result->status) {
	case STORE_COOLDOWN: link_reply_cooldown(req, store_result_int(result, "retry_in_ms")); return;
	case STORE_NOT_FOUND: link_reply_failure(req, "link.unknown"); return;
	case STORE_PAUSED: link_reply_failure(req, "err.paused"); return;
	case STORE_STATIC: link_reply_failure(req, "err.static"); return;
	default: break;
	}
	log_warning("a change-IP link could not be served", log_str("request", req->id),
		log_str("status", store_status_text(result->status)),
		log_str("error", result->err ? result->err->msg : "-"));
	reply_with_seconds(req, "err.store_away", AWAY_RETRY_MS);
}

void link_reply_running(struct request *req)
{
	struct json *params = json_parse(SLICE_LIT("{\"s\":5}"), NULL, NULL);
	struct buf body, text;
	struct json_writer w;

	_Static_assert(RUNNING_ASK_AGAIN_S == 5, "as in the parameters above");
	buf_init(&body, 0);
	buf_init(&text, 0);
	message_format(&text, SLICE_LIT("link.running"), MESSAGE_VIETNAMESE, params);
	json_free(params);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_put_bool(&w, "success", true);
	json_put_uint(&w, "code", 202);
	json_put_str(&w, "message", buf_slice(&text));
	put_tail(&w, req, "PENDING");
	json_object_end(&w);
	buf_done(&text);
	reply_retry_after(req, RUNNING_ASK_AGAIN_S * 1000);
	reply_json(req, 202, &body);
}

static const struct endpoint *first_of(const struct endpoint *endpoints, size_t count, const char *scheme)
{
	for (size_t i = 0; i < count; i++)
		if (slice_eq_str(slice_from_str(endpoints[i].scheme), scheme))
			return &endpoints[i];
	return NULL;
}

/* "host:port" and the port; null for a way that the fleet does not have. */
static void put_way(
	struct json_writer *w, const char *name, const char *port_name, const struct endpoint *endpoint)
{
	char text[ENDPOINT_NAME_BYTES + 8];
	struct ip_addr addr;

	if (!endpoint) {
		json_put_null(w, name);
		json_put_null(w, port_name);
		return;
	}
	bool v6 = ip_addr_parse(slice_from_str(endpoint->host), &addr) && !ip_addr_is_v4(&addr);
	snprintf(text, sizeof(text), v6 ? "[%s]:%u" : "%s:%u", endpoint->host, endpoint->port);
	json_put_cstr(w, name, text);
	json_put_uint(w, port_name, endpoint->port);
}

static void put_data(struct json_writer *w, const struct request *req, const struct proxy *proxy)
{
	const struct public_access *access = public_ports_access(req->api->public_ports);
	struct endpoint endpoints[ENDPOINT_MAX];
	char name[ENDPOINT_NAME_BYTES];
	size_t count = endpoint_list(access, proxy->subdomain, proxy->number, endpoints);
	const struct endpoint *http = first_of(endpoints, count, "http");

	endpoint_name(access, proxy->subdomain, proxy->number, name);
	json_put_str(w, "realIpAddress", proxy->remote_ip);
	put_way(w, "http", "httpPort", http);
	put_way(w, "socks5", "socks5Port", first_of(endpoints, count, "socks5h"));
	json_put_cstr(w, "host", http ? http->host : name);
	json_put_str(w, "location", proxy->location);
	json_put_int(w, "expirationAt", proxy->expiration_at);
	json_put_int(w, "nextRequestAt", proxy->next_request_at);
	json_put_int(w, "ttl", proxy->ttl);
	json_put_int(w, "ttc", proxy->ttc);
}

void link_reply_upstream(struct request *req, const struct record *record)
{
	struct json_writer w;
	struct buf body;

	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_key(&w, "data");
	json_object_begin(&w);
	put_data(&w, req, record->proxy);
	json_object_end(&w);
	json_put_bool(&w, "success", true);
	json_put_uint(&w, "code", 200);
	put_tail(&w, req, "SUCCESS");
	json_object_end(&w);
	reply_json(req, 200, &body);
}
