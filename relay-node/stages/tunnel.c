/*
 * tunnel.c: bytes both ways until both sides have ended, the upstream dies, nothing moves for too long, or
 * the route is replaced (retire.h). An idle tunnel holds struct conn and nothing else.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "relay-node/conn.h"
#include "relay-node/retire.h"
#include "relay-node/stages/stages.h"
#include "relay-node/worker.h"

enum { KEEPALIVE_AFTER_MS = 60000 }; /* without a byte: then the kernel begins to probe both peers */

void stage_tunnel_enter(struct conn *c)
{
	conn_release_head(c);
	c->up.state = FLOW_OPEN;
	c->retire_at_ms = 0;
	c->request.sends_body = false;
	counters_add(&c->worker->counters, COUNTER_TUNNELS, 1);
	account_served(c);
	conn_set_state(c, CONN_TUNNEL);
	if (c->worker->shared->config->idle_timeout_ms > KEEPALIVE_AFTER_MS)
		conn_set_deadline(c, c->worker->now_ms + KEEPALIVE_AFTER_MS);
	/* The route may have been replaced while the upstream was asked. */
	if (c->served != c->entry->served)
		stage_tunnel_route_changed(c);
}

static enum flow_result move(struct conn *c, enum account_side side)
{
	struct flow_move move = {
		.from = side == ACCOUNT_UP ? &c->client : &c->upstream,
		.to = side == ACCOUNT_UP ? &c->upstream : &c->client,
		.chunks = &c->worker->chunks,
		.pipes = &c->worker->pipes,
		.budget_bytes = CONN_BUDGET_BYTES,
	};
	struct flow *flow = side == ACCOUNT_UP ? &c->up : &c->down;
	struct flow *other = side == ACCOUNT_UP ? &c->down : &c->up;
	bool was_open = flow->state != FLOW_SHUT;
	enum flow_result result = flow_run(flow, &move);

	account_bytes(c, side, move.moved_bytes, move.spliced_bytes);
	/* Half-close is passed on. When both sides have ended, closing says it as well. */
	if (was_open && flow->state == FLOW_SHUT && other->state != FLOW_SHUT)
		stream_shutdown_write(move.to);
	return result;
}

/* A side that has sent its FIN is not read any more: that it was reset since is only seen here. (A hang-up
 * without a reset needs our FIN, too: the other direction has ended then.) */
static bool is_reset(const struct stream *stream, const struct flow *from_it, const struct flow *to_it)
{
	return (stream->ready & STREAM_BROKEN) && from_it->state == FLOW_SHUT && to_it->state != FLOW_SHUT;
}

void stage_tunnel_run(struct conn *c)
{
	/* Down first: what an upstream sent before it reset the connection is the client's. */
	enum flow_result down = move(c, ACCOUNT_DOWN);
	enum flow_result up = move(c, ACCOUNT_UP);

	if (down == FLOW_NO_MEMORY || up == FLOW_NO_MEMORY)
		conn_close(c, CLOSE_NO_MEMORY, NULL);
	else if (down == FLOW_FROM_FAILED || up == FLOW_TO_FAILED)
		conn_close(c, CLOSE_UPSTREAM_LOST, NULL);
	else if (up == FLOW_FROM_FAILED || down == FLOW_TO_FAILED)
		conn_close(c, CLOSE_CLIENT_GONE, NULL);
	else if (up == FLOW_ENDED && down == FLOW_ENDED)
		conn_close(c, CLOSE_DONE, NULL);
	else if (is_reset(&c->client, &c->up, &c->down))
		conn_close(c, CLOSE_CLIENT_GONE, NULL);
	else if (is_reset(&c->upstream, &c->down, &c->up))
		conn_close(c, CLOSE_UPSTREAM_LOST, NULL);
	else if (up == FLOW_AGAIN || down == FLOW_AGAIN)
		conn_run_again(c);
}

/* Set late, so that a short tunnel costs no system call for it. The client's side inherited SO_KEEPALIVE. */
static void probe_peers(struct conn *c)
{
	int one = 1, idle_s = KEEPALIVE_AFTER_MS / 1000, interval_s = 15;

	c->keepalive_on = true;
	(void)setsockopt(c->upstream.io.fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	for (unsigned i = 0; i < 2; i++) {
		int fd = i ? c->upstream.io.fd : c->client.io.fd;

		(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
		(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof(interval_s));
	}
}

void stage_tunnel_expire(struct conn *c)
{
	uint64_t now_ms = c->worker->now_ms;
	uint64_t idle_end_ms = c->active_ms + c->worker->shared->config->idle_timeout_ms;
	uint64_t next_ms = idle_end_ms;

	if (c->retire_at_ms) {
		uint64_t quiet_ms = c->active_ms + RETIRE_IDLE_MS;

		next_ms = quiet_ms < c->retire_at_ms ? quiet_ms : c->retire_at_ms;
		if (next_ms <= now_ms) {
			conn_close(c, CLOSE_ROTATED, NULL);
			return;
		}
	} else if (idle_end_ms <= now_ms) {
		conn_close(c, CLOSE_IDLE, NULL);
		return;
	} else if (!c->keepalive_on && c->active_ms + KEEPALIVE_AFTER_MS <= now_ms) {
		probe_peers(c);
	} else if (!c->keepalive_on) {
		next_ms = c->active_ms + KEEPALIVE_AFTER_MS;
	}
	conn_set_deadline(c, next_ms < idle_end_ms ? next_ms : idle_end_ms);
}

void stage_tunnel_route_changed(struct conn *c)
{
	enum close_reason reason;
	uint64_t now_ms = c->worker->now_ms;

	switch (retire_decide(c->served, c->entry->served, &reason)) {
	case RETIRE_KEEP: return;
	case RETIRE_CUT: conn_close(c, reason, NULL); return;
	case RETIRE_DRAIN: break;
	}
	if (c->active_ms + RETIRE_IDLE_MS <= now_ms) {
		conn_close(c, CLOSE_ROTATED, NULL);
		return;
	}
	if (!c->retire_at_ms)
		c->retire_at_ms = now_ms + c->entry->served->route->drain_seconds * 1000ull;
	if (c->retire_at_ms <= now_ms)
		conn_close(c, CLOSE_ROTATED, NULL);
	else
		stage_tunnel_expire(c); /* works out when to look again */
}
