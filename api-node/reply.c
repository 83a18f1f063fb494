/* reply.c: see reply.h. Who writes the bytes is http_session.c, told by http_session_reply(). */
#include "api-node/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "api-node/http_session.h"
#include "api-node/idempotency.h"
#include "api-node/request.h"
#include "api-node/router.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/messages.h"

enum { STORE_AWAY_RETRY_MS = 2000 };

static const char *status_title(unsigned status)
{
	switch (status) {
	case 400: return "Bad request";
	case 401: return "Not signed in";
	case 403: return "Forbidden";
	case 404: return "Not found";
	case 405: return "Method not allowed";
	case 409: return "Conflict";
	case 411: return "Length required";
	case 413: return "Body too large";
	case 415: return "Unsupported media type";
	case 422: return "Cannot be done";
	case 426: return "Upgrade required";
	case 429: return "Too many requests";
	case 502: return "Bad gateway";
	case 503: return "Unavailable";
	default: return "Error";
	}
}

void reply_header(struct request *req, const char *name, const char *fmt, ...)
{
	struct buf *headers = &req->reply.headers;
	va_list ap;

	buf_append_str(headers, name);
	buf_append_str(headers, ": ");
	size_t value_at = headers->len;
	va_start(ap, fmt);
	if (strchr(fmt, '%'))
		buf_vprintf(headers, fmt, ap);
	else
		buf_append_str(headers, fmt); /* most are fixed texts, and every answer has several */
	va_end(ap);
	/* Whatever a value is made of one day, it cannot begin another header. */
	for (size_t i = value_at; i < headers->len; i++)
		if ((unsigned char)headers->data[i] < 0x20 || headers->data[i] == 0x7f)
			headers->data[i] = '?';
	buf_append_str(headers, "\r\n");
}

void reply_cache_control(struct request *req, const char *value)
{
	req->reply.cache_control = value;
}

void reply_security_policy(struct request *req, const char *value)
{
	req->reply.security_policy = value;
}

void reply_retry_after(struct request *req, uint64_t delay_ms)
{
	req->reply.retry_after_s = delay_ms ? (delay_ms + 999) / 1000 : 1;
	reply_header(req, "Retry-After", "%llu", (unsigned long long)req->reply.retry_after_s);
}

void reply_body(struct request *req, unsigned status, const char *content_type, struct buf *body)
{
	ensure(req->reply.state == REPLY_NONE);
	buf_done(&req->reply.body);
	req->reply.body = *body;
	buf_init(body, body->limit_bytes);
	req->reply.status = status;
	req->reply.content_type = content_type;
	req->reply.state = REPLY_KEEPING;
	if (req->idempotency_scope[0] != '\0')
		idempotency_store_reply(req);
	else
		http_session_reply(req);
}

void reply_json(struct request *req, unsigned status, struct buf *body)
{
	reply_body(req, status, "application/json", body);
}

void reply_borrowed(struct request *req, unsigned status, const char *content_type, struct slice content)
{
	struct buf body;

	buf_init(&body, 0);
	req->reply.borrowed = content;
	reply_body(req, status, content_type, &body);
}

void reply_empty(struct request *req, unsigned status)
{
	struct buf body;

	buf_init(&body, 0);
	reply_body(req, status, NULL, &body);
}

void reply_problem(struct request *req, unsigned status, const char *message_id, const char *params_json,
	const char *detail)
{
	struct json_writer w;
	struct buf body, text;
	struct json *params = NULL;

	buf_init(&body, 0);
	buf_init(&text, 0);
	if (params_json)
		params = json_parse(slice_from_str(params_json), NULL, NULL);
	if (detail)
		buf_append_str(&text, detail);
	else
		message_format(&text, slice_from_str(message_id), MESSAGE_ENGLISH, params);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_put_cstr(&w, "type", "about:blank");
	json_put_cstr(&w, "title", status_title(status));
	json_put_uint(&w, "status", status);
	json_put_str(&w, "detail", buf_slice(&text));
	json_put_cstr(&w, "message_id", message_id);
	json_put_raw(&w, "params", params ? slice_from_str(params_json) : SLICE_LIT("{}"));
	json_put_cstr(&w, "request_id", req->id);
	if (req->reply.provider_message.len > 0)
		json_put_str(&w, "provider_message", buf_slice(&req->reply.provider_message));
	if (status == 401)
		reply_header(
			req, "WWW-Authenticate", "Bearer"); /* not Basic: browsers would ask for a password */
	if (req->reply.retry_after_s > 0)
		json_put_uint(&w, "retry_after_seconds", req->reply.retry_after_s);
	json_object_end(&w);
	json_free(params);
	buf_done(&text);
	log_debug("problem", log_str("request", req->id), log_uint("status", status),
		log_str("message_id", message_id));
	reply_body(req, status, "application/problem+json", &body);
}

void reply_bad_request(struct request *req, const struct err *err)
{
	reply_problem(req, 400, "err.bad_request", NULL, err->msg);
}

void reply_busy(struct request *req, unsigned retry_s, const char *detail)
{
	char params[32];

	snprintf(params, sizeof(params), "{\"s\":%u}", retry_s);
	reply_retry_after(req, retry_s * 1000ull);
	reply_problem(req, 503, "err.busy", params, detail);
}

void reply_store_away(struct request *req, const struct err *err)
{
	char params[32];

	log_warning("store away, request refused", log_str("request", req->id), log_err(err));
	snprintf(params, sizeof(params), "{\"s\":%d}", STORE_AWAY_RETRY_MS / 1000);
	reply_retry_after(req, STORE_AWAY_RETRY_MS);
	reply_problem(req, 503, "err.store_away", params, NULL);
}

void reply_provider_message(struct request *req, struct slice text)
{
	buf_clear(&req->reply.provider_message);
	buf_append_slice(&req->reply.provider_message, text);
}

void reply_unknown(struct request *req, const char *why)
{
	char params[48];

	/* The route, not the path: a path may hold a token. */
	log_error("a request failed", log_str("request", req->id),
		log_str("route", req->route ? req->route->pattern : "none"), log_str("error", why));
	snprintf(params, sizeof(params), "{\"id\":\"%s\"}", req->id);
	reply_problem(req, 500, "err.unknown", params, NULL);
}
