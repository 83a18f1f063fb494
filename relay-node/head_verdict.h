/*
 * head_verdict.h: what the HTTP/1 parsers answer. The list, with statuses and sentences, is head_verdicts.h.
 * Everything but HTTP_OK and HTTP_NEED_MORE refuses the message. Used by the parsers and by whoever writes
 * answers.
 */
#ifndef KP_RELAY_HEAD_VERDICT_H
#define KP_RELAY_HEAD_VERDICT_H

enum http_verdict {
#define HTTP_VERDICT(name, status, proxy_error, text) HTTP_##name,
#include "relay-node/head_verdicts.h"
#undef HTTP_VERDICT
	HTTP_VERDICT_COUNT
};

struct http_verdict_info {
	const char *name;        /* the enum's name without HTTP_, for logs and counters */
	unsigned status;         /* what we answer */
	const char *proxy_error; /* RFC 9209 section 2.3 error type, or NULL */
	const char *text;        /* one English sentence */
};

/* Never NULL; static storage. */
const struct http_verdict_info *http_verdict_info(enum http_verdict verdict);

#endif
