/*
 * http_body.h: where an HTTP/1.x body ends. Fed with raw bytes, it says how many belong to the body and hands
 * out the content without chunk framing; so one decoder serves both who reads a body and who passes it on
 * raw.
 */
#ifndef KP_SIM_HTTP_BODY_H
#define KP_SIM_HTTP_BODY_H

#include <stdbool.h>

#include "shared/base/slice.h"

enum http_body_kind { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED, HTTP_BODY_UNTIL_CLOSE };

enum http_body_state {
	BODY_CONTENT, /* LENGTH, UNTIL_CLOSE, or inside a chunk */
	BODY_SIZE_LINE,
	BODY_CHUNK_END, /* the CRLF behind a chunk */
	BODY_TRAILERS,
	BODY_DONE,
	BODY_BAD,
};

struct http_body {
	enum http_body_kind kind;
	enum http_body_state state;
	uint64_t left_bytes; /* of the content or chunk */
	char line[256];      /* a size or trailer line being collected */
	size_t line_len;
	size_t trailer_bytes;
};

typedef void http_body_fn(struct slice content, void *arg);

void http_body_init(struct http_body *b, enum http_body_kind kind, uint64_t length_bytes);
/* Returns how many of the bytes belong to the body; the rest is the next message's. `fn` may be NULL. Look at
 * `state` afterwards. UNTIL_CLOSE never gets DONE by itself. */
size_t http_body_feed(struct http_body *b, struct slice raw, http_body_fn *fn, void *arg);

#endif
