/* upstream_proxy.c: see upstream_proxy.h; accepting, and the life and death of connections. */
#include "tests/kiotproxy-sim/upstream_proxy.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "tests/kiotproxy-sim/proxy_conn.h"

void proxy_conn_free(struct proxy_conn *pc)
{
	list_remove(&pc->node);
	if (pc->target)
		bufferevent_free(pc->target);
	bufferevent_free(pc->client);
	upstream_link_detach(&pc->link);
	free(pc);
}

static void reset_on_close(int fd)
{
	struct linger hard = {.l_onoff = 1};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

void proxy_conn_reset(struct proxy_conn *pc)
{
	reset_on_close(bufferevent_getfd(pc->client));
	if (pc->target)
		reset_on_close(bufferevent_getfd(pc->target));
	proxy_conn_free(pc);
}

static void on_cut(struct upstream_link *link)
{
	proxy_conn_reset(container_of(link, struct proxy_conn, link));
}

static void linger_if_written(struct proxy_conn *pc)
{
	struct timeval patience = {.tv_sec = 1};

	evbuffer_drain(bufferevent_get_input(pc->client), SIZE_MAX);
	if (evbuffer_get_length(bufferevent_get_output(pc->client)) > 0)
		return;
	shutdown(bufferevent_getfd(pc->client), SHUT_WR);
	bufferevent_set_timeouts(pc->client, &patience, NULL);
	if (pc->client_input == TUNNEL_INPUT_ENDED)
		proxy_conn_free(pc);
}

void proxy_conn_linger(struct proxy_conn *pc)
{
	if (pc->target)
		bufferevent_free(pc->target);
	pc->target = NULL;
	pc->state = PROXY_LINGER;
	bufferevent_enable(pc->client, EV_READ);
	linger_if_written(pc);
}

void proxy_conn_refuse(struct proxy_conn *pc, unsigned status, const char *extra, const char *why)
{
	evbuffer_add_printf(bufferevent_get_output(pc->client),
		"HTTP/1.1 %u %s\r\n%sContent-Type: text/plain\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
		status, http_reason(status), extra ? extra : "", slice_from_str(why).len, why);
	proxy_conn_linger(pc);
}

static void client_progress(struct proxy_conn *pc)
{
	switch (pc->state) {
	case PROXY_HEAD: proxy_request_read(pc); break;
	case PROXY_SOCKS: proxy_socks_read(pc); break;
	case PROXY_FORWARD: proxy_forward_client_event(pc); break;
	case PROXY_LINGER: linger_if_written(pc); break;
	case PROXY_CONNECT: /* early bytes wait in the buffer for the tunnel */
	case PROXY_TUNNEL: break;
	}
}

static void on_client_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	client_progress(arg);
}

static void on_client_event(struct bufferevent *bev, short what, void *arg)
{
	struct proxy_conn *pc = arg;

	(void)bev;
	pc->client_input = TUNNEL_INPUT_ENDED;
	if (!(what & BEV_EVENT_EOF) || pc->state == PROXY_LINGER)
		proxy_conn_free(pc);
	else
		client_progress(pc);
}

void proxy_conn_listen(struct proxy_conn *pc)
{
	pc->state = PROXY_HEAD;
	if (pc->client_input == TUNNEL_INPUT_OPEN)
		bufferevent_enable(pc->client, EV_READ);
	proxy_request_read(pc);
}

static void on_tunnel_end(enum tunnel_end end, void *arg)
{
	if (end == TUNNEL_BROKEN)
		proxy_conn_reset(arg);
	else
		proxy_conn_free(arg);
}

void proxy_tunnel_start(struct proxy_conn *pc)
{
	pc->state = PROXY_TUNNEL;
	tunnel_start(&pc->tunnel, pc->client, pc->client_input, pc->target, on_tunnel_end, pc);
}

static void conn_accept(struct upstream *up, int fd, void *arg)
{
	struct upstream_proxy *proxy = arg;
	struct proxy_conn *pc = calloc(1, sizeof(*pc));
	int on = 1;

	if (!pc || !(pc->client = bufferevent_socket_new(proxy->base, fd, BEV_OPT_CLOSE_ON_FREE))) {
		free(pc);
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	pc->proxy = proxy;
	list_append(&proxy->conns, &pc->node);
	upstream_link_attach(&pc->link, up, on_cut);
	bufferevent_setcb(pc->client, on_client_read, on_client_read, on_client_event, pc);
	bufferevent_setwatermark(pc->client, EV_READ, 0, PROXY_READ_BYTES);
	bufferevent_enable(pc->client, EV_READ | EV_WRITE);
}

/* Which upstream is meant stands in the destination address of the connection. */
static void on_accept(
	struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa, int sa_len, void *arg)
{
	struct upstream_proxy *proxy = arg;
	struct sockaddr_in local = {0};
	socklen_t len = sizeof(local);
	struct upstream *up = NULL;

	(void)listener;
	(void)sa;
	(void)sa_len;
	if (getsockname(fd, (struct sockaddr *)&local, &len) == 0)
		up = upstream_find(proxy->pool, local.sin_addr);
	if (up && up->listener)
		up = NULL; /* it lives on a port of its own */
	if (up) {
		conn_accept(up, fd, proxy);
		return;
	}
	proxy->refused++;
	reset_on_close(fd);
	close(fd);
}

bool upstream_proxy_start(struct upstream_proxy *proxy, struct event_base *base, struct upstream_pool *pool,
	uint16_t port, const struct sockaddr_in *origin, struct err *err)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(port)};
	socklen_t len = sizeof(sa);

	*proxy = (struct upstream_proxy){.base = base, .pool = pool, .origin = *origin};
	list_init(&proxy->conns);
	proxy->listener = evconnlistener_new_bind(base, on_accept, proxy,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, 4096,
		(struct sockaddr *)&sa, sizeof(sa));
	if (!proxy->listener ||
		getsockname(evconnlistener_get_fd(proxy->listener), (struct sockaddr *)&sa, &len) != 0)
		return err_set_sys(err, errno, "--upstream-port: listen on 0.0.0.0:%u", port);
	pool->port = ntohs(sa.sin_port);
	pool->accept = conn_accept;
	pool->accept_arg = proxy;
	return true;
}

void upstream_proxy_done(struct upstream_proxy *proxy)
{
	if (!proxy->base)
		return;
	if (proxy->listener)
		evconnlistener_free(proxy->listener);
	list_each (it, &proxy->conns)
		proxy_conn_free(list_entry(it, struct proxy_conn, node));
}
