/* http_answer.h: the head of an answer: status line and headers. */
#ifndef KP_API_HTTP_ANSWER_H
#define KP_API_HTTP_ANSWER_H

#include "shared/base/compiler.h"

struct lws;
struct reply;

enum answer_then { ANSWER_THEN_NEXT, ANSWER_THEN_CLOSE };

/* Writes it. 0, or -1 when the connection must be closed. */
int http_answer_head(struct lws *wsi, const struct reply *reply, enum answer_then then) MUST_CHECK;

#endif
