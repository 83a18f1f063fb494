/*
 * head_response.h: the head of an upstream's HTTP/1 answer, strictly read: the upstream is rented and not
 * trusted. Pure like head_http.h. It does not decide what the client gets to see (head_rewrite.h, the
 * stages).
 */
#ifndef KP_RELAY_HEAD_RESPONSE_H
#define KP_RELAY_HEAD_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "relay-node/body_framing.h"
#include "relay-node/head_http.h"
#include "relay-node/head_http_fields.h"
#include "shared/base/slice.h"

enum { HTTP_RESPONSE_FIELDS_MAX = 200, HTTP_RESPONSE_HEAD_BYTES_MAX = 65536 };

/* What an answer must be read against. */
struct http_response_context {
	enum http_method request_method;
	bool upgrade_sent;  /* the request carried Upgrade: only then may a 101 come */
	bool bare_lf_taken; /* tolerate LF line ends; honoured for CONNECT only */
};

struct http_response_head {
	uint16_t status;       /* 100-999 (999 exists in the wild) */
	uint8_t minor_version; /* HTTP/1.x: 0 or 1 */
	struct slice reason;
	struct body_plan body;             /* CONNECT 2xx, 1xx, 204, 304 and answers to HEAD: BODY_NONE */
	enum http_persistence persistence; /* may the upstream connection serve another request */
	unsigned connection_options;
	bool has_content_length; /* sent: also where the body is none (HEAD, 304) */
	uint64_t content_length;
	struct slice upgrade; /* status 101 only */
	bool has_proxy_authenticate;
	size_t head_bytes; /* the head's length; a tunnel or the body begins there */
	unsigned field_count;
	struct http_field fields[HTTP_RESPONSE_FIELDS_MAX];
};

/* As http_request_head_parse(); refusals are HTTP_RESPONSE_… verdicts. Interim answers (1xx but 101) are
 * returned like any other: read on behind them. */
enum http_verdict http_response_head_parse(struct slice bytes, const struct http_response_context *context,
	struct http_head_scan *scan, struct http_response_head *ret_head);

#endif
