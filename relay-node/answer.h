/*
 * answer.h: an HTTP answer of our own to a client: status, Proxy-Status (RFC 9209), and two lines of text,
 * English and Vietnamese. Always closes. Pure: called by conn_close().
 */
#ifndef KP_RELAY_ANSWER_H
#define KP_RELAY_ANSWER_H

#include <stdint.h>

#include "relay-node/close_reason.h"
#include "shared/base/buf.h"
#include "shared/base/slice.h"

enum answer_body {
	ANSWER_BODY_TEXT,
	ANSWER_BODY_NONE, /* to HEAD: the client would take a body for the next answer (RFC 9110 9.3.2) */
};

/* What an answer may tell beyond its reason. Empty slices where there is nothing to tell. */
struct answer {
	enum close_reason reason;
	enum answer_body body;
	unsigned status;          /* 0 = the reason's own */
	const char *proxy_error;  /* NULL = the reason's own */
	struct slice message_id;  /* instead of the reason's own text */
	struct slice text;        /* an English sentence instead of either (a parser's verdict) */
	unsigned received_status; /* 0, or what the upstream answered */
	struct slice user, ip, host, port, provider; /* for the messages' {places} */
	struct slice realm;                          /* of a 407 */
	uint64_t used_bytes, limit_bytes;            /* of a month's limit; both 0 = none */
};

/* Appends the whole answer, head and body. Check out->overflow. */
void answer_write(struct buf *out, const struct answer *answer);

#endif
