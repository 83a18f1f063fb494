/* origin.c: see origin.h. */
#include "tests/kiotproxy-sim/origin.h"

#include <stdlib.h>

#include <event2/event.h>

#include "shared/base/ensure.h"
#include "shared/base/ip_addr.h"
#include "tests/kiotproxy-sim/json_text.h"

static const uint64_t BYTES_MAX = 1ull << 40;

struct wait { /* one /slow request */
	struct list node;
	struct http_conn *conn; /* borrowed */
	struct event *timer;    /* owned */
};

static void pattern_fill(uint64_t offset, char *dst, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint64_t at = offset + i;

		dst[i] = (char)(at * 31 + (at >> 8));
	}
}

static void answer_text(struct http_conn *conn, unsigned status, const char *text)
{
	http_reply(conn, status, "text/plain", NULL, slice_from_str(text));
}

static void answer_json(struct http_conn *conn, struct buf *json)
{
	http_reply(conn, 200, "application/json", NULL, buf_slice(json));
	buf_done(json);
}

static void answer_ip(struct http_conn *conn, const struct http_request *request)
{
	struct buf b;
	char ip[IP_TEXT_BYTES];

	ip_addr_text(&request->peer, ip);
	buf_init(&b, 0);
	buf_printf(&b, "{\"ip\":\"%s\"}", ip);
	answer_json(conn, &b);
}

/* The body comes back as text (Latin-1) if all of it was kept, with its length and CRC-32 in any case. */
static void answer_echo(struct http_conn *conn, const struct http_request *request)
{
	const struct http_head *head = &request->head;
	struct buf b;

	buf_init(&b, 0);
	buf_append_str(&b, "{\"method\":");
	json_text_latin1(&b, head->method);
	buf_append_str(&b, ",\"target\":");
	json_text_latin1(&b, head->target);
	buf_printf(&b, ",\"version\":\"HTTP/1.%u\",\"headers\":[", head->minor);
	for (size_t i = 0; i < head->header_count; i++) {
		buf_append_str(&b, i ? ",[" : "[");
		json_text_latin1(&b, head->headers[i].name);
		buf_append_char(&b, ',');
		json_text_latin1(&b, head->headers[i].value);
		buf_append_char(&b, ']');
	}
	buf_printf(&b,
		"],\"body_bytes\":%llu,\"body_crc32\":%u,\"body\":", (unsigned long long)request->body_bytes,
		request->body_crc32);
	if (request->body_bytes == request->body.len)
		json_text_latin1(&b, buf_slice(&request->body));
	else
		buf_append_str(&b, "null");
	buf_append_char(&b, '}');
	answer_json(conn, &b);
}

static void wait_free(struct wait *w)
{
	list_remove(&w->node);
	event_free(w->timer);
	free(w);
}

static void on_gone(struct http_conn *conn, void *arg)
{
	(void)conn;
	wait_free(arg);
}

static void on_wait_over(evutil_socket_t fd, short what, void *arg)
{
	struct wait *w = arg;
	struct http_conn *conn = w->conn;

	(void)fd;
	(void)what;
	wait_free(w);
	http_on_gone(conn, NULL, NULL);
	answer_text(conn, 200, "at last\n");
}

static void answer_slow(struct origin *origin, struct http_conn *conn, uint64_t ms)
{
	struct wait *w = mem_zalloc(sizeof(*w));
	struct timeval after = {.tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000)};

	w->conn = conn;
	w->timer = evtimer_new(origin->server.base, on_wait_over, w);
	ensure(w->timer);
	evtimer_add(w->timer, &after);
	list_append(&origin->waits, &w->node);
	http_on_gone(conn, on_gone, w);
}

/* "/name/N"; false when the path is another or N no number of at most `max`. */
static bool path_number(const struct http_request *request, struct slice name, uint64_t max, uint64_t *ret_n)
{
	return slice_has_prefix(request->path, name) &&
	       slice_parse_u64(slice_from(request->path, name.len), ret_n) && *ret_n <= max;
}

static void on_request(struct http_conn *conn, const struct http_request *request, void *arg)
{
	struct origin *origin = arg;
	const char *binary = "application/octet-stream";
	uint64_t n;

	if (slice_eq_str(request->path, "/echo"))
		answer_echo(conn, request);
	else if (slice_eq_str(request->path, "/upgrade") &&
		 http_head_has_token(&request->head, "Connection", SLICE_LIT("upgrade")))
		http_become_echo(conn, "echo");
	else if (slice_eq_str(request->path, "/ip"))
		answer_ip(conn, request);
	else if (path_number(request, SLICE_LIT("/bytes/"), BYTES_MAX, &n))
		http_reply_stream(conn, 200, binary, HTTP_BODY_LENGTH, n, pattern_fill);
	else if (path_number(request, SLICE_LIT("/chunked/"), BYTES_MAX, &n))
		http_reply_stream(conn, 200, binary, HTTP_BODY_CHUNKED, n, pattern_fill);
	else if (path_number(request, SLICE_LIT("/close/"), BYTES_MAX, &n))
		http_reply_stream(conn, 200, binary, HTTP_BODY_UNTIL_CLOSE, n, pattern_fill);
	else if (slice_eq_str(request->path, "/close"))
		http_reply_stream(conn, 200, binary, HTTP_BODY_UNTIL_CLOSE, 4096, pattern_fill);
	else if (path_number(request, SLICE_LIT("/slow/"), 600000, &n))
		answer_slow(origin, conn, n);
	else if (path_number(request, SLICE_LIT("/status/"), 599, &n) && n >= 200)
		answer_text(conn, (unsigned)n, "as you wish\n");
	else
		answer_text(conn, 404,
			"the origin has /ip /bytes/N /chunked/N /close/N /echo /slow/MS /status/N /upgrade\n");
}

bool origin_start(
	struct origin *origin, struct event_base *base, const struct sockaddr_in *listen_on, struct err *err)
{
	list_init(&origin->waits);
	if (!http_server_start(&origin->server, base, listen_on, on_request, origin, err))
		return err_prefix(err, "--origin");
	return true;
}

void origin_done(struct origin *origin)
{
	http_server_done(&origin->server);
}
