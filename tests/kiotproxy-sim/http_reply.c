/* http_reply.c: the answers of http_server.h: whole, streamed, or an echo of raw bytes. */
#include "tests/kiotproxy-sim/http_server.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "shared/base/ensure.h"
#include "tests/kiotproxy-sim/http_conn.h"

enum { WRITE_HIGH_BYTES = 256 * 1024 };

static void reply_head(struct http_conn *c, unsigned status, const char *type, const char *extra,
	enum http_body_kind framing, uint64_t length)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	ensure(c->state == CONN_HANDLER);
	if (framing == HTTP_BODY_UNTIL_CLOSE || !http_head_keeps_alive(&c->request.head))
		c->life = LIFE_CLOSE;
	evbuffer_add_printf(out, "HTTP/1.1 %u %s\r\n", status, http_reason(status));
	if (type)
		evbuffer_add_printf(out, "Content-Type: %s\r\n", type);
	if (framing == HTTP_BODY_LENGTH && status != 204 && status != 304)
		evbuffer_add_printf(out, "Content-Length: %llu\r\n", (unsigned long long)length);
	else if (framing == HTTP_BODY_CHUNKED)
		evbuffer_add_printf(out, "Transfer-Encoding: chunked\r\n");
	evbuffer_add_printf(
		out, "%s%s\r\n", extra ? extra : "", c->life == LIFE_CLOSE ? "Connection: close\r\n" : "");
}

static bool reply_has_body(const struct http_conn *c, unsigned status)
{
	return !slice_eq_str(c->request.head.method, "HEAD") && status != 204 && status != 304;
}

void http_reply(struct http_conn *c, unsigned status, const char *type, const char *extra, struct slice body)
{
	reply_head(c, status, type, extra, HTTP_BODY_LENGTH, body.len);
	if (reply_has_body(c, status))
		evbuffer_add(bufferevent_get_output(c->bev), body.data, body.len);
	http_conn_exchange_done(c);
}

void http_conn_stream_more(struct http_conn *c)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	char block[16 * 1024];

	while (c->stream.offset < c->stream.total && evbuffer_get_length(out) < WRITE_HIGH_BYTES) {
		uint64_t left = c->stream.total - c->stream.offset;
		size_t n = left < sizeof(block) ? (size_t)left : sizeof(block);

		c->stream.fill(c->stream.offset, block, n);
		if (c->stream.framing == HTTP_BODY_CHUNKED)
			evbuffer_add_printf(out, "%zx\r\n", n);
		evbuffer_add(out, block, n);
		if (c->stream.framing == HTTP_BODY_CHUNKED)
			evbuffer_add(out, "\r\n", 2);
		c->stream.offset += n;
	}
	if (c->stream.offset < c->stream.total)
		return;
	if (c->stream.framing == HTTP_BODY_CHUNKED)
		evbuffer_add(out, "0\r\n\r\n", 5);
	http_conn_exchange_done(c);
}

void http_reply_stream(struct http_conn *c, unsigned status, const char *type, enum http_body_kind framing,
	uint64_t total_bytes, http_fill_fn *fill)
{
	if (framing == HTTP_BODY_CHUNKED && c->request.head.minor == 0)
		framing = HTTP_BODY_UNTIL_CLOSE;
	reply_head(c, status, type, NULL, framing, total_bytes);
	if (!reply_has_body(c, status)) {
		http_conn_exchange_done(c);
		return;
	}
	c->stream.fill = fill;
	c->stream.offset = 0;
	c->stream.total = total_bytes;
	c->stream.framing = framing;
	c->state = CONN_STREAM;
	http_conn_stream_more(c);
}

void http_conn_echo_more(struct http_conn *c)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	evbuffer_add_buffer(out, bufferevent_get_input(c->bev));
	if (evbuffer_get_length(out) > WRITE_HIGH_BYTES)
		bufferevent_disable(c->bev, EV_READ);
	if (c->input == INPUT_ENDED && evbuffer_get_length(out) == 0)
		http_conn_close(c);
}

void http_become_echo(struct http_conn *c, const char *protocol)
{
	ensure(c->state == CONN_HANDLER);
	evbuffer_add_printf(bufferevent_get_output(c->bev),
		"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n", protocol);
	c->state = CONN_ECHO;
}
