/* http_answer.h: the head of an answer: status line and headers. */
#ifndef KP_API_HTTP_ANSWER_H
#define KP_API_HTTP_ANSWER_H

#include <stddef.h>

#include "shared/base/compiler.h"

struct lws;
struct reply;

enum { ANSWER_HEAD_BYTES = 16 * 1024 }; /* a Link repeats the query up to four times */
enum answer_then { ANSWER_THEN_NEXT, ANSWER_THEN_CLOSE };

/* Puts it into `head`, for lws_write() with LWS_WRITE_HTTP_HEADERS. 0, or -1 when the connection must be
 * closed. */
int http_answer_head(struct lws *wsi, const struct reply *reply, enum answer_then then,
	unsigned char head[ANSWER_HEAD_BYTES], size_t *ret_len) MUST_CHECK;

#endif
