/*
 * head_http_fields.h: header field lines (RFC 9112 section 5) and the few field names that a proxy must know.
 * It splits and names lines; what they mean together is judged by head_http (requests) and head_response.
 */
#ifndef KP_RELAY_HEAD_HTTP_FIELDS_H
#define KP_RELAY_HEAD_HTTP_FIELDS_H

#include <stdint.h>

#include "relay-node/head_verdict.h"
#include "shared/base/slice.h"

/* In order of the names' lengths: http_field_identify() looks only at those of the right length. */
enum http_field_id {
	HTTP_FIELD_OTHER = 0,
	HTTP_FIELD_TE,
	HTTP_FIELD_HOST,
	HTTP_FIELD_EXPECT,
	HTTP_FIELD_UPGRADE,
	HTTP_FIELD_CONNECTION,
	HTTP_FIELD_KEEP_ALIVE,
	HTTP_FIELD_CONTENT_LENGTH,
	HTTP_FIELD_HTTP2_SETTINGS,
	HTTP_FIELD_PROXY_CONNECTION,
	HTTP_FIELD_TRANSFER_ENCODING,
	HTTP_FIELD_PROXY_AUTHENTICATE,
	HTTP_FIELD_PROXY_AUTHORIZATION,
	HTTP_FIELD_PROXY_AUTHENTICATION_INFO,
	HTTP_FIELD_COUNT
};

struct http_field {
	struct slice name;  /* as sent */
	struct slice value; /* white space around it removed; may be empty */
	enum http_field_id id;
};

enum http_field_dialect {
	HTTP_FIELDS_STRICT,   /* requests: RFC 9112 to the letter */
	HTTP_FIELDS_RESPONSE, /* white space before the colon is removed (RFC 9112 section 5.1 asks that of a
				 proxy) */
	HTTP_FIELDS_TUNNEL_ANSWER, /* also LF without CR, which rented proxies send in answer to CONNECT */
};

/* How much of a head has been seen, so that a head arriving byte by byte costs no more than one in a piece.
 * All zero at the start of every head. The bytes may move between calls, but must stay the same. */
struct http_head_scan {
	uint32_t line_start; /* offset of the first line that is not complete yet */
	uint32_t scanned;    /* no LF between line_start and here */
	uint16_t lines;      /* complete lines, the start line included */
};

/* Takes the next complete line off `bytes` (the whole head so far), without its line end. HTTP_NEED_MORE when
 * its LF has not come yet; HTTP_BARE_LF when no CR stands before it and the dialect does not take that. */
enum http_verdict http_head_next_line(struct slice bytes, enum http_field_dialect dialect,
	struct http_head_scan *scan, struct slice *ret_line);

/* Splits a line that is not empty. HTTP_OK, or the request's verdict on it (head_response maps them). */
enum http_verdict http_field_line_parse(
	struct slice line, enum http_field_dialect dialect, struct http_field *ret_field);

/* HTTP_FIELD_OTHER for names that mean nothing to a proxy. `name` is a token. */
enum http_field_id http_field_identify(struct slice name);

/* What Connection (and Proxy-Connection) fields say. */
enum http_connection_option {
	HTTP_CONNECTION_CLOSE = 1 << 0,
	HTTP_CONNECTION_KEEP_ALIVE = 1 << 1,
	HTTP_CONNECTION_UPGRADE = 1 << 2,
	HTTP_CONNECTION_OTHER = 1 << 3, /* names further fields, which are hop-by-hop then */
};

enum { HTTP_CONNECTION_OPTIONS_MAX = 100 }; /* as many as a request may have fields */

/* Adds the options of one field's value to *options, and their number to *count. False when it is not a list
 * of tokens or names more than HTTP_CONNECTION_OPTIONS_MAX in all. */
bool http_connection_read(struct slice value, unsigned *options, unsigned *count) MUST_CHECK;

/* True when a Connection field among `fields` names `name`. */
bool http_connection_names(const struct http_field *fields, unsigned count, struct slice name);

/* Content-Length: 1-19 digits, at most INT64_MAX (so that sums cannot overflow). */
bool http_content_length_parse(struct slice value, uint64_t *ret_length) MUST_CHECK;

#endif
