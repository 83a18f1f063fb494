/*
 * http_server.c: see http_server.h: accepting, reading, closing; http_reply.c writes. A connection's states:
 *
 *	HEAD -> BODY -> HANDLER -> (STREAM ->) HEAD …      keep-alive
 *	                                       LINGER      last answer written: half-closed, input thrown away
 *	any  -> CLOSED                                     freed when no handler is on the stack
 */
#include "tests/kiotproxy-sim/http_server.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "shared/base/ensure.h"
#include "tests/kiotproxy-sim/crc32.h"
#include "tests/kiotproxy-sim/http_conn.h"

enum { READ_AHEAD_BYTES = 128 * 1024, WRITE_LOW_BYTES = 64 * 1024, LINGER_S = 1 };

static void conn_read(struct http_conn *c);

static void conn_free(struct http_conn *c)
{
	list_remove(&c->node);
	bufferevent_free(c->bev);
	buf_done(&c->head_bytes);
	buf_done(&c->request.body);
	free(c);
}

void http_conn_close(struct http_conn *c)
{
	http_gone_fn *gone = c->gone;

	if (c->state != CONN_CLOSED) {
		c->state = CONN_CLOSED;
		c->gone = NULL;
		bufferevent_disable(c->bev, EV_READ | EV_WRITE);
		if (gone)
			gone(c, c->gone_arg);
	}
	if (c->depth == 0)
		conn_free(c);
}

void http_cut(struct http_conn *c, enum http_cut how)
{
	struct linger hard = {.l_onoff = 1};

	if (how == HTTP_CUT_RST)
		setsockopt(bufferevent_getfd(c->bev), SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	c->gone = NULL;
	http_conn_close(c);
}

void http_on_gone(struct http_conn *c, http_gone_fn *fn, void *arg)
{
	c->gone = fn;
	c->gone_arg = arg;
}

static void linger_if_written(struct http_conn *c)
{
	struct timeval patience = {.tv_sec = LINGER_S};

	if (evbuffer_get_length(bufferevent_get_output(c->bev)) > 0)
		return;
	/* Closing with unread input would reset the connection and could take our answer with it. */
	shutdown(bufferevent_getfd(c->bev), SHUT_WR);
	bufferevent_set_timeouts(c->bev, &patience, NULL);
	if (c->input == INPUT_ENDED)
		http_conn_close(c);
}

void http_conn_exchange_done(struct http_conn *c)
{
	c->gone = NULL;
	c->state = c->life == LIFE_KEEP ? CONN_HEAD : CONN_LINGER;
	if (c->depth > 0)
		return; /* conn_read() goes on */
	c->depth++;
	conn_read(c);
	c->depth--;
	if (c->state == CONN_CLOSED)
		conn_free(c);
}

static void body_content(struct slice content, void *arg)
{
	struct http_request *r = arg;
	size_t room = HTTP_BODY_KEPT_BYTES - r->body.len;

	r->body_bytes += content.len;
	r->body_crc32 = crc32_update(r->body_crc32, content);
	buf_append(&r->body, content.data, content.len < room ? content.len : room);
}

/* A request that cannot be read: one plain answer, then the end, since the next message's start is unknown.
 */
static void refuse(struct http_conn *c, unsigned status, const char *why)
{
	c->state = CONN_HANDLER;
	c->life = LIFE_CLOSE;
	c->request.head.method = SLICE_NONE;
	http_reply(c, status, "text/plain", NULL, slice_from_str(why));
}

/* Reads the head, copied out so that slices into it live as long as the request. False = wait or closed. */
static bool read_head(struct http_conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	struct http_request *r = &c->request;
	struct slice all = slice_of((const char *)evbuffer_pullup(in, -1), evbuffer_get_length(in));
	enum http_parse parsed = http_head_parse_request(all, &r->head);

	if (parsed == HTTP_NEED_MORE) {
		if (c->input == INPUT_ENDED)
			c->state = CONN_LINGER; /* earlier answers may still have to be written */
		return c->state == CONN_LINGER;
	}
	if (parsed == HTTP_DONE) {
		buf_clear(&c->head_bytes);
		buf_append(&c->head_bytes, all.data, r->head.head_bytes);
		parsed = http_head_parse_request(buf_slice(&c->head_bytes), &r->head);
		evbuffer_drain(in, r->head.head_bytes);
	}
	if (parsed != HTTP_DONE || !http_head_host_is_good(&r->head) ||
		!http_head_framing(&r->head, SLICE_NONE, &c->body)) {
		refuse(c, 400, "this is not an HTTP/1.1 request\n");
		return true;
	}
	buf_clear(&r->body);
	r->body_bytes = 0;
	r->body_crc32 = 0;
	slice_cut(r->head.target, '?', &r->path, &r->query);
	if (c->body.state != BODY_DONE && http_head_has_token(&r->head, "Expect", SLICE_LIT("100-continue")))
		bufferevent_write(c->bev, "HTTP/1.1 100 Continue\r\n\r\n", 25);
	c->state = CONN_BODY;
	return true;
}

static bool read_body(struct http_conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);

	while (c->body.state != BODY_DONE && evbuffer_get_length(in) > 0) {
		size_t n = evbuffer_get_contiguous_space(in);
		struct slice raw = slice_of((const char *)evbuffer_pullup(in, (ev_ssize_t)n), n);

		evbuffer_drain(in, http_body_feed(&c->body, raw, body_content, &c->request));
		if (c->body.state == BODY_BAD) {
			refuse(c, 400, "the body's framing is broken\n");
			return true;
		}
	}
	if (c->body.state != BODY_DONE) {
		if (c->input == INPUT_ENDED)
			http_conn_close(c);
		return false;
	}
	c->state = CONN_HANDLER;
	c->server->requests++;
	c->server->handler(c, &c->request, c->server->arg);
	return true;
}

/* Goes on with what is in the input buffer. The caller holds `depth` and frees a CLOSED connection. */
static void conn_read(struct http_conn *c)
{
	bool more = true;

	while (more) {
		switch (c->state) {
		case CONN_HEAD: more = read_head(c); break;
		case CONN_BODY: more = read_body(c); break;
		case CONN_LINGER:
			evbuffer_drain(bufferevent_get_input(c->bev), SIZE_MAX);
			linger_if_written(c);
			more = false;
			break;
		case CONN_ECHO:
			http_conn_echo_more(c);
			more = false;
			break;
		default: more = false; break;
		}
	}
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct http_conn *c = arg;

	(void)bev;
	c->depth++;
	conn_read(c);
	c->depth--;
	if (c->state == CONN_CLOSED)
		conn_free(c);
}

static void on_write(struct bufferevent *bev, void *arg)
{
	struct http_conn *c = arg;

	if (c->state == CONN_STREAM) {
		http_conn_stream_more(c);
	} else if (c->state == CONN_LINGER) {
		linger_if_written(c);
	} else if (c->state == CONN_ECHO) {
		if (c->input == INPUT_OPEN)
			bufferevent_enable(bev, EV_READ);
		on_read(bev, c);
	}
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct http_conn *c = arg;

	(void)bev;
	c->input = INPUT_ENDED;
	if (!(what & BEV_EVENT_EOF) || c->state == CONN_LINGER)
		http_conn_close(c);
	else if (c->state == CONN_HEAD || c->state == CONN_BODY || c->state == CONN_ECHO)
		on_read(bev, c); /* what is still in the buffer, then the end */
				 /* HANDLER, STREAM: a client may close its half and still read the answer. */
}

static void on_accept(
	struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa, int sa_len, void *arg)
{
	struct http_server *server = arg;
	struct http_conn *c = calloc(1, sizeof(*c));
	uint16_t port;
	int on = 1;

	(void)listener;
	(void)sa_len;
	if (!c || !(c->bev = bufferevent_socket_new(server->base, fd, BEV_OPT_CLOSE_ON_FREE))) {
		free(c);
		evutil_closesocket(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->server = server;
	if (!ip_addr_from_sockaddr(sa, &c->request.peer, &port))
		memset(&c->request.peer, 0, sizeof(c->request.peer));
	buf_init(&c->head_bytes, HTTP_HEAD_MAX_BYTES);
	buf_init(&c->request.body, 0);
	list_append(&server->conns, &c->node);
	bufferevent_setcb(c->bev, on_read, on_write, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, READ_AHEAD_BYTES);
	bufferevent_setwatermark(c->bev, EV_WRITE, WRITE_LOW_BYTES, 0);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

bool http_server_start(struct http_server *server, struct event_base *base,
	const struct sockaddr_in *listen_on, http_handler_fn *handler, void *arg, struct err *err)
{
	socklen_t len = sizeof(server->bound);

	*server = (struct http_server){.base = base, .handler = handler, .arg = arg};
	list_init(&server->conns);
	server->listener = evconnlistener_new_bind(base, on_accept, server,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, 4096,
		(const struct sockaddr *)listen_on, sizeof(*listen_on));
	if (!server->listener)
		return err_set_sys(err, errno, "listen on port %u", ntohs(listen_on->sin_port));
	if (getsockname(evconnlistener_get_fd(server->listener), (struct sockaddr *)&server->bound, &len) !=
		0)
		return err_set_sys(err, errno, "getsockname");
	return true;
}

void http_server_done(struct http_server *server)
{
	if (!server->base)
		return;
	if (server->listener)
		evconnlistener_free(server->listener);
	list_each (it, &server->conns)
		http_conn_close(list_entry(it, struct http_conn, node));
	*server = (struct http_server){0};
}
