/*
 * reply.h: the one way to answer a request: JSON, an RFC 9457 problem, or nothing. After any reply_* call the
 * request belongs to its session again: do not touch it.
 */
#ifndef KP_API_REPLY_H
#define KP_API_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/slice.h"

struct request;

/* Adds a header of this reply's own, before the reply_* call. Control characters in the value become `?`. */
void reply_header(struct request *req, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Replaces Cache-Control: no-store. `value` is static. */
void reply_cache_control(struct request *req, const char *value);

/* Replaces the Content-Security-Policy of an answer of the API. `value` is static. */
void reply_security_policy(struct request *req, const char *value);

/* Retry-After and, in a problem, `retry_after_seconds`: rounded up to whole seconds, at least 1. */
void reply_retry_after(struct request *req, uint64_t delay_ms);

/* Takes the content of `body` (left empty). */
void reply_body(struct request *req, unsigned status, const char *content_type, struct buf *body);
void reply_json(struct request *req, unsigned status, struct buf *body);
/* A body that outlives every request, such as a file in memory. */
void reply_borrowed(struct request *req, unsigned status, const char *content_type, struct slice body);
void reply_empty(struct request *req, unsigned status);

/*
 * application/problem+json (RFC 9457): status, title, detail, message_id, params, request_id. `params_json`
 * is a ready JSON object or NULL; `detail` NULL takes the message's English text with the params filled in.
 */
void reply_problem(struct request *req, unsigned status, const char *message_id, const char *params_json,
	const char *detail);

/* 400 with the parser's or validator's own sentence. */
void reply_bad_request(struct request *req, const struct err *err);

/* The provider's own words, for the problem that follows: shown as `provider_message`. */
void reply_provider_message(struct request *req, struct slice text);

/* 500: what should not happen. `why` goes to the log, the request's id to the client. */
void reply_unknown(struct request *req, const char *why);

/* 503 with Retry-After: more of this at once than the node does. `detail` NULL: the message's own text. */
void reply_busy(struct request *req, unsigned retry_s, const char *detail);

/* 503 with Retry-After: Redis cannot be reached. */
void reply_store_away(struct request *req, const struct err *err);

#endif
