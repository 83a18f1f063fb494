/*
 * http_message.h: HTTP/1.x heads as slices of the bytes they were read from. Pure and strict: CRLF only, no
 * obsolete folding, no blank before the colon; what is ambiguous is BAD. Bodies are in http_body.h.
 */
#ifndef KP_SIM_HTTP_MESSAGE_H
#define KP_SIM_HTTP_MESSAGE_H

#include <stdbool.h>

#include "shared/base/slice.h"
#include "tests/kiotproxy-sim/http_body.h"

enum { HTTP_HEADERS_MAX = 100, HTTP_HEAD_MAX_BYTES = 64 * 1024 };

enum http_parse { HTTP_NEED_MORE, HTTP_BAD, HTTP_DONE };

struct http_header {
	struct slice name, value;
};

struct http_head {                   /* every slice is borrowed from the parsed bytes */
	struct slice method, target; /* requests */
	unsigned status;             /* responses */
	struct slice reason;
	unsigned minor; /* HTTP/1.minor: 0 or 1 */
	struct http_header headers[HTTP_HEADERS_MAX];
	size_t header_count;
	size_t head_bytes; /* with the empty line */
};

enum http_parse http_head_parse_request(struct slice in, struct http_head *ret_head);
enum http_parse http_head_parse_response(struct slice in, struct http_head *ret_head);

/* The first header of that name (any case), or NULL. */
const struct http_header *http_head_find(const struct http_head *head, const char *name);
/* Whether a comma-separated header of that name holds `token` (any case), in any of its lines. */
bool http_head_has_token(const struct http_head *head, const char *name, struct slice token);
/* What the message's own version and Connection header say about the connection's life. */
bool http_head_keeps_alive(const struct http_head *head);

/* Exactly one Host in HTTP/1.1, at most one before (RFC 9112 section 3.2). */
bool http_head_host_is_good(const struct http_head *head);

/* The body's framing (RFC 9112 section 6). False for Content-Length with Transfer-Encoding, two lengths, no
 * number, or a coding other than chunked. `answers` is the request's method for a response, SLICE_NONE for a
 * request. */
bool http_head_framing(
	const struct http_head *head, struct slice answers, struct http_body *ret_body) MUST_CHECK;

/* Whether a header belongs to one connection only (RFC 9110 section 7.6.1), named in Connection included. */
bool http_header_is_hop_by_hop(const struct http_head *head, const struct http_header *h);

const char *http_reason(unsigned status);

#endif
