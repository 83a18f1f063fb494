/* head_rewrite.c: see head_rewrite.h. A head's size is bounded before it is written, so one reservation
 * serves. */
#include "relay-node/head_rewrite.h"

#include <string.h>

#include "relay-node/http_chars.h"
#include "shared/base/ensure.h"

/* More than all fixed texts of a head together: start line, Host, Connection, framing. */
enum { FIXED_TEXT_BYTES = 512, DECIMAL_BYTES = 20, TYPICAL_LINE_EXTRA = 4 /* ": " and CRLF */ };

/* Writes into space that has been reserved; `end` is only there to prove it. */
struct writer {
	char *p;
	char *end;
};

static bool writer_begin(struct writer *w, struct buf *out, size_t bytes_max)
{
	if (!buf_reserve(out, bytes_max))
		return false;
	w->p = out->data + out->len;
	w->end = w->p + bytes_max;
	return true;
}

static void writer_end(const struct writer *w, struct buf *out)
{
	out->len = (size_t)(w->p - out->data);
}

static inline void put(struct writer *w, struct slice s)
{
	ensure(s.len <= (size_t)(w->end - w->p));
	if (s.len > 0)
		memcpy(w->p, s.data, s.len);
	w->p += s.len;
}

#define PUT_LIT(w, lit) put((w), SLICE_LIT(lit))

static void put_decimal(struct writer *w, uint64_t value)
{
	char digits[DECIMAL_BYTES];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	put(w, slice_of(digits + at, sizeof(digits) - at));
}

static void put_field(struct writer *w, struct slice name, struct slice value)
{
	put(w, name);
	PUT_LIT(w, ": ");
	put(w, value);
	PUT_LIT(w, "\r\n");
}

/*
 * The fields that go on as they came. Known ones never do: framing, Host, Connection, Upgrade and credentials
 * are written anew by our own judgement, so that "Connection: Content-Length" or "Connection: Connection" can
 * remove nothing that we rely on (compare CVE-2023-49606, where a proxy deleted the field that it was
 * reading).
 */
static void put_end_to_end_fields(
	struct writer *w, const struct http_field *fields, unsigned count, unsigned connection_options)
{
	bool some_are_named = (connection_options & HTTP_CONNECTION_OTHER) != 0;

	for (unsigned i = 0; i < count; i++) {
		if (fields[i].id != HTTP_FIELD_OTHER)
			continue;
		if (some_are_named && http_connection_names(fields, count, fields[i].name))
			continue;
		put_field(w, fields[i].name, fields[i].value);
	}
}

static void put_connection(struct writer *w, enum head_connection connection, struct slice upgrade)
{
	switch (connection) {
	case HEAD_CONNECTION_KEEP_ALIVE: PUT_LIT(w, "Connection: keep-alive\r\n"); return;
	case HEAD_CONNECTION_CLOSE: PUT_LIT(w, "Connection: close\r\n"); return;
	case HEAD_CONNECTION_UPGRADE:
		ensure(upgrade.len > 0);
		PUT_LIT(w, "Connection: upgrade\r\n");
		put_field(w, SLICE_LIT("Upgrade"), upgrade);
		return;
	}
}

static void put_framing(struct writer *w, struct body_plan body)
{
	if (body.kind == BODY_CHUNKED) {
		PUT_LIT(w, "Transfer-Encoding: chunked\r\n");
	} else if (body.kind == BODY_LENGTH) {
		PUT_LIT(w, "Content-Length: ");
		put_decimal(w, body.length);
		PUT_LIT(w, "\r\n");
	}
}

static void put_authority(struct writer *w, const struct http_authority *authority)
{
	if (authority->kind == HTTP_HOST_IPV6) {
		PUT_LIT(w, "[");
		put(w, authority->host);
		PUT_LIT(w, "]:");
	} else {
		put(w, authority->host);
		PUT_LIT(w, ":");
	}
	put_decimal(w, authority->port);
}

/* "http://host/path". An empty path is written "/", but for OPTIONS, where it means the server as a whole
 * (RFC 9112 section 3.2.4). */
static void put_absolute_target(struct writer *w, const struct http_request_head *head)
{
	struct slice path = head->target.path_and_query;

	PUT_LIT(w, "http://");
	put(w, head->target.authority_text);
	if ((path.len == 0 && head->method != HTTP_METHOD_OPTIONS) || (path.len > 0 && path.data[0] == '?'))
		PUT_LIT(w, "/");
	put(w, path);
}

void head_rewrite_request(
	struct buf *out, const struct http_request_head *head, const struct head_request_options *options)
{
	struct writer w;
	size_t bytes_max = head->head_bytes + head->field_count * (size_t)TYPICAL_LINE_EXTRA +
			   head->target.authority_text.len + options->proxy_authorization.len +
			   FIXED_TEXT_BYTES;

	ensure(head->target.form == HTTP_TARGET_ABSOLUTE);
	if (!writer_begin(&w, out, bytes_max))
		return;
	put(&w, head->method_text);
	PUT_LIT(&w, " ");
	put_absolute_target(&w, head);
	if (head->minor_version == 1)
		PUT_LIT(&w, " HTTP/1.1\r\nHost: ");
	else
		PUT_LIT(&w, " HTTP/1.0\r\nHost: ");
	put(&w, head->target.authority_text);
	PUT_LIT(&w, "\r\n");
	put_end_to_end_fields(&w, head->fields, head->field_count, head->connection_options);
	put_framing(&w, head->body);
	if (head->expects_continue)
		PUT_LIT(&w, "Expect: 100-continue\r\n");
	put_connection(&w, options->connection, head->upgrade);
	if (options->proxy_authorization.len > 0)
		put_field(&w, SLICE_LIT("Proxy-Authorization"), options->proxy_authorization);
	PUT_LIT(&w, "\r\n");
	writer_end(&w, out);
}

void head_rewrite_connect(
	struct buf *out, const struct http_authority *authority, struct slice proxy_authorization)
{
	struct writer w;

	ensure(authority->port != 0);
	if (!writer_begin(&w, out, 2 * authority->host.len + proxy_authorization.len + FIXED_TEXT_BYTES))
		return;
	PUT_LIT(&w, "CONNECT ");
	put_authority(&w, authority);
	PUT_LIT(&w, " HTTP/1.1\r\nHost: ");
	put_authority(&w, authority);
	PUT_LIT(&w, "\r\n");
	if (proxy_authorization.len > 0)
		put_field(&w, SLICE_LIT("Proxy-Authorization"), proxy_authorization);
	PUT_LIT(&w, "\r\n");
	writer_end(&w, out);
}

void head_rewrite_response(
	struct buf *out, const struct http_response_head *head, enum head_connection connection)
{
	struct writer w;
	size_t bytes_max =
		head->head_bytes + head->field_count * (size_t)TYPICAL_LINE_EXTRA + FIXED_TEXT_BYTES;

	ensure(head->status != 407);
	if (!writer_begin(&w, out, bytes_max))
		return;
	PUT_LIT(&w, "HTTP/1.1 ");
	put_decimal(&w, head->status);
	PUT_LIT(&w, " ");
	put(&w, head->reason);
	PUT_LIT(&w, "\r\n");
	put_end_to_end_fields(&w, head->fields, head->field_count, head->connection_options);
	if (head->body.kind == BODY_NONE && head->has_content_length)
		put_framing(&w,
			(struct body_plan){BODY_LENGTH, head->content_length}); /* HEAD, 304: what GET had */
	else
		put_framing(&w, head->body);
	if (head->status >= 200 || head->status == 101)
		put_connection(&w, connection, head->upgrade);
	PUT_LIT(&w, "\r\n");
	writer_end(&w, out);
}
