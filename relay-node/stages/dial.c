/*
 * dial.c: connects to the upstream of the route in force, by its literal address, and sends the request
 * there. Never to a target, never by name. Failures go to redial.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay-node/conn.h"
#include "relay-node/head_rewrite.h"
#include "relay-node/stages/stages.h"
#include "relay-node/worker.h"
#include "shared/base/ensure.h"

static enum close_reason reason_of(int sys_errno)
{
	switch (sys_errno) {
	case ETIMEDOUT: return CLOSE_DIAL_TIMEOUT;
	case EHOSTUNREACH:
	case ENETUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
	case EACCES: /* a local firewall rule */
	case EPERM: return CLOSE_DIAL_UNREACHABLE;
	/* Ours, not the upstream's: no ports, descriptors or memory left. */
	case EADDRNOTAVAIL:
	case EAGAIN:
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM: return CLOSE_DIAL_LOCAL;
	default: return CLOSE_DIAL_REFUSED; /* ECONNREFUSED, ECONNRESET */
	}
}

/* False with errno. */
static bool connect_start(struct conn *c, const struct route_upstream *upstream)
{
	struct sockaddr_storage sa;
	socklen_t len = ip_addr_to_sockaddr(&upstream->addr, upstream->port, &sa);
	int one = 1;

	c->upstream.io.fd = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->upstream.io.fd < 0)
		return false;
	(void)setsockopt(c->upstream.io.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(c->upstream.io.fd, (struct sockaddr *)&sa, len) < 0 && errno != EINPROGRESS)
		return false;
	/* After connect(): a socket that was never connected reports a hang-up. */
	return worker_watch(c->worker, &c->upstream.io);
}

void stage_dial_enter(struct conn *c)
{
	const struct relay_config *config = c->worker->shared->config;
	const struct route_upstream *upstream;

	conn_drop_upstream(c);
	c->retire_at_ms = 0;
	served_route_unref(c->served);
	c->served = served_route_ref(c->entry->served);
	upstream = &c->served->route->http;
	conn_set_state(c, CONN_DIAL);
	if (!upstream->port) {
		conn_close(c, CLOSE_NO_HTTP_UPSTREAM, NULL);
		return;
	}
	/* Checked here, too, not only where routes are written: the provider's answers are not trusted. */
	if (!config->common.upstream_allow_private && !ip_addr_is_public(&upstream->addr)) {
		conn_close(c, CLOSE_UPSTREAM_NOT_PUBLIC, NULL);
		return;
	}
	c->request.attempts++;
	c->request.step_ms = c->worker->now_ms;
	counters_add(&c->worker->counters, COUNTER_DIALS, 1);
	if (c->request.attempts > 1)
		counters_add(&c->worker->counters, COUNTER_REDIALS, 1);
	if (!connect_start(c, upstream))
		stage_redial_failed(c, reason_of(errno), errno);
}

static void write_request(struct conn *c, struct buf *out)
{
	struct slice authorization = served_route_authorization(c->served);
	struct http_head_scan scan = {0};
	struct http_request_head head;

	/* It was accepted before, from the same bytes. */
	ensure(http_request_head_parse(
		       slice_of(c->up.chunk->data + c->up.chunk->start, c->request.head_bytes),
		       &http_head_limits_default, &scan, &head) == HTTP_OK);
	if (c->request.kind == REQUEST_CONNECT)
		head_rewrite_connect(out, &head.target.authority, authorization);
	else
		head_rewrite_request(out, &head,
			&(struct head_request_options){
				.proxy_authorization = authorization,
				.connection = c->request.asks_upgrade ? HEAD_CONNECTION_UPGRADE
								      : HEAD_CONNECTION_CLOSE,
			});
}

void stage_dial_run(struct conn *c)
{
	struct buf *out = &c->worker->scratch;
	int sys_errno = 0;
	socklen_t len = sizeof(sys_errno);

	if (c->upstream.ready & STREAM_BROKEN) {
		if (getsockopt(c->upstream.io.fd, SOL_SOCKET, SO_ERROR, &sys_errno, &len) < 0)
			sys_errno = errno;
		stage_redial_failed(c, reason_of(sys_errno), sys_errno);
		return;
	}
	if (!(c->upstream.ready & STREAM_WRITABLE))
		return;
	histogram_observe(&c->worker->counters.dial_ms, c->worker->now_ms - c->request.step_ms);
	buf_clear(out);
	write_request(c, out);
	c->request.step_ms = c->worker->now_ms;
	conn_set_state(c, CONN_UPSTREAM_HEAD);
	if (out->overflow || stream_send(&c->upstream, &c->worker->chunks, buf_slice(out)) != STREAM_OK) {
		stage_redial_failed(c, CLOSE_UPSTREAM_CLOSED, errno);
		return;
	}
	account_bytes(c, ACCOUNT_UP, out->len, 0);
	if (c->request.sends_body)
		conn_release_head(c);
}

void stage_dial_expire(struct conn *c)
{
	stage_redial_failed(c, CLOSE_DIAL_TIMEOUT, ETIMEDOUT);
}
