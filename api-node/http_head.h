/*
 * http_head.h: a request's head, as libwebsockets has parsed it, made into a struct request of our own; and
 * the refusal of what libwebsockets lets through although RFC 9112 calls it an error.
 */
#ifndef KP_API_HTTP_HEAD_H
#define KP_API_HTTP_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

struct api;
struct lws;
struct request;

/* What the head says of the message that follows it. */
struct http_framing {
	unsigned refusal; /* 0: fine; else the status to refuse with, and `why` */
	const char *why;
	uint64_t body_bytes;
	enum { LENGTH_GIVEN, LENGTH_MISSING } length;
	enum { WITH_BODY, HEAD_ONLY } shape; /* HEAD_ONLY: the client wants no body (HEAD) */
	enum { SEND_AT_ONCE, WAIT_FOR_100 } expect;
};

/* Copies path, query and headers. NULL when out of memory. HEAD becomes GET (req->is_head and framing.shape
 * tell). */
struct request *http_head_request(struct api *api, struct lws *wsi, struct slice path) MUST_CHECK;

struct http_framing http_head_framing(struct lws *wsi);

/* After a request has ended: whether libwebsockets has bytes of the next one already. */
bool http_head_is_kept(struct lws *wsi) MUST_CHECK;

/* Whether libwebsockets will look for a body behind this head. */
bool http_head_may_have_body(struct lws *wsi) MUST_CHECK;

#endif
