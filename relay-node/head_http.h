/*
 * head_http.h: the head of an HTTP/1 request to a forward proxy (RFC 9112, RFC 9110), strictly read.
 *
 * Pure: bytes in; a struct, HTTP_NEED_MORE or a refusal out. What is ambiguous is refused, not repaired. It
 * does not judge who asks or where to (basic_auth.h, destination.h). Called by the head stage.
 */
#ifndef KP_RELAY_HEAD_HTTP_H
#define KP_RELAY_HEAD_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "relay-node/body_framing.h"
#include "relay-node/head_http_fields.h"
#include "relay-node/head_http_target.h"
#include "relay-node/head_verdict.h"
#include "shared/base/slice.h"

enum { HTTP_REQUEST_FIELDS_MAX = 100, HTTP_METHOD_BYTES_MAX = 32 };

struct http_head_limits {
	uint32_t head_bytes; /* from the first byte through the empty line */
	uint32_t line_bytes; /* the request line without CRLF */
	uint16_t fields;     /* at most HTTP_REQUEST_FIELDS_MAX */
	uint16_t host_bytes;
};

extern const struct http_head_limits http_head_limits_default; /* 32 KiB, 16 KiB, 100, 253 */

enum http_method {
	HTTP_METHOD_OTHER,
	HTTP_METHOD_GET,
	HTTP_METHOD_HEAD,
	HTTP_METHOD_POST,
	HTTP_METHOD_PUT,
	HTTP_METHOD_DELETE,
	HTTP_METHOD_OPTIONS,
	HTTP_METHOD_PATCH,
	HTTP_METHOD_CONNECT,
};

enum http_persistence { HTTP_CLOSE, HTTP_KEEP_ALIVE };

struct http_request_head {
	enum http_method method;
	struct slice method_text;
	struct http_target target;         /* authority.port is never 0 in an accepted head */
	uint8_t minor_version;             /* HTTP/1.x: 0 or 1 */
	struct body_plan body;             /* BODY_NONE, BODY_LENGTH or BODY_CHUNKED */
	enum http_persistence persistence; /* what the client wants of its connection */
	unsigned connection_options; /* enum http_connection_option, of Connection and Proxy-Connection */
	bool expects_continue;       /* Expect: 100-continue in HTTP/1.1 */
	struct slice upgrade;        /* Upgrade, when Connection names it too and it is not h2c; else none */
	struct slice proxy_authorization; /* the field's value; data == NULL when absent */
	size_t head_bytes;                /* the head's length: the body or early tunnel bytes begin there */
	unsigned field_count;
	struct http_field fields[HTTP_REQUEST_FIELDS_MAX]; /* in order of arrival; only field_count are set */
};

/*
 * Reads a head from all bytes received so far (`bytes` begins at the head's first byte at every call; `scan`
 * is zeroed before the first). HTTP_OK fills *ret_head, whose slices point into `bytes`. HTTP_NEED_MORE: call
 * again with more. Any other verdict refuses: answer, close, read no further; *ret_head is then unspecified
 * but for method and target.form, which are set when the request line was read that far (method OTHER, form
 * OTHER else). The verdict does not depend on how the bytes were split. A line is judged when it is complete,
 * so a wrong request line is refused without waiting for the rest. One CRLF before the request line is
 * skipped (RFC 9112 section 2.2), a second one refused.
 */
enum http_verdict http_request_head_parse(struct slice bytes, const struct http_head_limits *limits,
	struct http_head_scan *scan, struct http_request_head *ret_head);

#endif
