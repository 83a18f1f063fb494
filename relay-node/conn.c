/* conn.c: see conn.h. */
#include "relay-node/conn.h"

#include <string.h>
#include <unistd.h>

#include "relay-node/retire.h"
#include "relay-node/stages/stages.h"
#include "relay-node/worker.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"

#define NEXT(name) (1u << CONN_##name)

struct conn_state_info {
	const char *name;
	void (*run)(struct conn *c);
	void (*expire)(struct conn *c);
	unsigned next; /* NEXT() of every state allowed after this one */
};

static const struct conn_state_info states[] = {
#define CONN_STATE(name, timeout, run, expire, next) [CONN_##name] = {#name, run, expire, next},
#include "relay-node/conn_states.h"
#undef CONN_STATE
};

static uint64_t state_timeout_ms(const struct relay_config *cfg, enum conn_state state)
{
	switch (state) {
#define CONN_STATE(name, timeout, run, expire, next) \
	case CONN_##name:                            \
		return timeout;
#include "relay-node/conn_states.h"
#undef CONN_STATE
	default: return 0;
	}
}

struct conn *conn_from(void *arg)
{
	struct conn *c = arg;

	ensure(c && c->magic == CONN_MAGIC);
	return c;
}

const char *conn_state_text(enum conn_state state)
{
	return states[state].name;
}

static void on_client_event(struct io *io, uint32_t epoll_events)
{
	struct conn *c = conn_from(container_of(io, struct conn, client.io));

	if (io->fd < 0)
		return;
	stream_note(&c->client, epoll_events);
	conn_run(c);
}

static void on_upstream_event(struct io *io, uint32_t epoll_events)
{
	struct conn *c = conn_from(container_of(io, struct conn, upstream.io));

	if (io->fd < 0)
		return;
	stream_note(&c->upstream, epoll_events);
	conn_run(c);
}

struct conn *conn_new(struct worker *worker, int fd, const struct ip_addr *addr, uint16_t port,
	struct route_entry *own_entry, uint16_t local_port)
{
	struct conn *c = slab_get(&worker->conns);

	if (!c) {
		close(fd);
		return NULL;
	}
	c->magic = CONN_MAGIC;
	c->worker = worker;
	stream_init(&c->client, on_client_event);
	stream_init(&c->upstream, on_upstream_event);
	c->client.io.fd = fd;
	c->client_addr = *addr;
	c->client_port = port;
	c->local_port = local_port;
	c->own_entry = own_entry;
	list_init(&c->node);
	list_init(&c->own_node);
	list_init(&c->again_node);
	timer_init(&c->timer);
	list_append(&worker->live, &c->node);
	if (own_entry)
		list_append(&own_entry->conns, &c->own_node);
	c->state = CONN_ACCEPTED;
	c->active_ms = worker->now_ms;
	conn_set_deadline(c, worker->now_ms + state_timeout_ms(worker->shared->config, CONN_ACCEPTED));
	return c;
}

void conn_set_state(struct conn *c, enum conn_state state)
{
	ensure(states[c->state].next & (1u << state));
	log_debug("conn", log_str("from", states[c->state].name), log_str("to", states[state].name),
		log_int("fd", c->client.io.fd), log_str("endpoint", c->entry ? c->entry->subdomain : NULL));
	c->state = state;
	c->active_ms = c->worker->now_ms;
	if (state == CONN_CLOSED)
		timer_wheel_cancel(&c->timer);
	else
		conn_set_deadline(c, c->active_ms + state_timeout_ms(c->worker->shared->config, state));
}

void conn_set_deadline(struct conn *c, uint64_t at_ms)
{
	timer_wheel_set(&c->worker->wheel, &c->timer, at_ms);
}

void conn_run(struct conn *c)
{
	enum conn_state before;

	/* A reset, or a hang-up both ways. Where bytes move, reading and writing find out by themselves, and
	 * in order. */
	if ((c->client.ready & STREAM_BROKEN) && c->state <= CONN_UPSTREAM_HEAD) {
		conn_close(c, CLOSE_CLIENT_GONE, NULL);
		return;
	}
	do {
		before = c->state;
		if (before != CONN_CLOSED)
			states[before].run(c);
	} while (c->state != before);
}

void conn_run_again(struct conn *c)
{
	if (list_empty(&c->again_node))
		list_append(&c->worker->again, &c->again_node);
}

void conn_expire(struct timer *timer, void *arg)
{
	struct worker *worker = arg;
	struct conn *c = conn_from(container_of(timer, struct conn, timer));
	uint64_t due_ms;

	ensure(c->state != CONN_CLOSED);
	/* Progress moves no timer: it is looked at here, once a deadline. */
	due_ms = c->active_ms + state_timeout_ms(worker->shared->config, c->state);
	if (c->retire_at_ms && c->retire_at_ms < due_ms)
		due_ms = c->retire_at_ms;
	if (c->state == CONN_TUNNEL || c->state == CONN_WAIT_ROUTE || due_ms <= worker->now_ms)
		states[c->state].expire(c);
	else
		conn_set_deadline(c, due_ms);
	/* A deadline may have brought a state that can go on at once. */
	if (c->state != CONN_CLOSED)
		conn_run(c);
}

bool conn_attach(struct conn *c, struct route_entry *entry)
{
	struct endpoint_load *load = entry->served->load;
	uint32_t limit = entry->served->route->limit_connections;

	if (c->entry == entry)
		return true; /* a further request of a kept connection */
	conn_detach(c);
	if (!limit)
		limit = c->worker->shared->config->endpoint_connections;
	if (atomic_fetch_add_explicit(&load->connections, 1, memory_order_relaxed) >= limit) {
		atomic_fetch_sub_explicit(&load->connections, 1, memory_order_relaxed);
		return false;
	}
	c->load = endpoint_load_ref(load);
	c->entry = entry;
	route_entry_count(&c->worker->routes, entry, (struct route_usage){0});
	if (c->own_entry != entry) {
		list_remove(&c->own_node);
		list_append(&entry->conns, &c->own_node);
	}
	return true;
}

void conn_detach(struct conn *c)
{
	if (!c->entry)
		return;
	atomic_fetch_sub_explicit(&c->load->connections, 1, memory_order_relaxed);
	route_entry_count(&c->worker->routes, c->entry, (struct route_usage){0});
	endpoint_load_unref(c->load);
	c->load = NULL;
	if (c->own_entry != c->entry)
		list_remove(&c->own_node);
	c->entry = NULL;
}

void conn_drop_upstream(struct conn *c)
{
	stream_close(&c->upstream, &c->worker->chunks);
	flow_done(&c->down, &c->worker->chunks, &c->worker->pipes);
	c->down = (struct flow){.state = FLOW_OPEN};
	c->upstream_scan = (struct http_head_scan){0};
}

void conn_release_head(struct conn *c)
{
	if (!c->request.head_bytes)
		return;
	c->up.chunk->start += c->request.head_bytes;
	c->request.head_bytes = 0;
	if (!chunk_len(c->up.chunk)) {
		chunk_return(&c->worker->chunks, c->up.chunk);
		c->up.chunk = NULL;
	}
}

/* Whether the client still waits for the head of an answer. */
static bool awaits_answer(enum conn_state state)
{
	return state == CONN_HEAD || state == CONN_WAIT_ROUTE || state == CONN_DIAL ||
	       state == CONN_UPSTREAM_HEAD;
}

static void send_answer(struct conn *c, struct answer *answer)
{
	struct buf *out = &c->worker->scratch;

	if (c->request.method == HTTP_METHOD_HEAD)
		answer->body = ANSWER_BODY_NONE;
	buf_clear(out);
	answer_write(out, answer);
	/* It cannot be told to a client that is gone: */
	if (!out->overflow && stream_send(&c->client, &c->worker->chunks, buf_slice(out)) == STREAM_OK)
		return;
	chunk_return(&c->worker->chunks, c->client.out);
	c->client.out = NULL;
}

static void conn_end(struct conn *c)
{
	struct worker *worker = c->worker;

	stream_close(&c->client, &worker->chunks);
	list_remove(&c->own_node);
	list_remove(&c->again_node);
	list_remove(&c->node);
	list_append(&worker->dead, &c->node);
	conn_set_state(c, CONN_CLOSED);
	client_limits_leave(&worker->clients, &c->client_addr);
	counters_sub(&worker->counters, COUNTER_OPEN, 1);
	worker_room(worker);
}

static void log_closed(const struct conn *c, enum close_reason reason, const struct err *err)
{
	char ip[IP_TEXT_BYTES];

	if (!log_enabled(LOG_DEBUG))
		return;
	ip_addr_text(&c->client_addr, ip);
	log_debug("conn closed", log_str("reason", close_reason_info(reason)->name),
		log_str("state", conn_state_text(c->state)),
		log_str("endpoint", c->entry ? c->entry->subdomain : NULL), log_str("client", ip),
		log_str("error", err ? err->msg : NULL));
}

void conn_close_with(struct conn *c, struct answer *answer, const struct err *err)
{
	bool unread;

	if (c->state == CONN_CLOSED)
		return;
	if (c->state == CONN_LINGER) {
		conn_end(c);
		return;
	}
	log_closed(c, answer->reason, err);
	account_closed(c, answer->reason);
	if ((answer->status || close_reason_info(answer->reason)->status) && awaits_answer(c->state))
		send_answer(c, answer);
	/* Closing over unread input makes the kernel send a reset, which may overtake our last bytes. */
	unread = (c->client.ready & STREAM_READABLE) || (c->request.sends_body && c->up.state != FLOW_SHUT) ||
		 chunk_len(c->up.chunk) > c->request.head_bytes;
	conn_drop_upstream(c);
	flow_done(&c->up, &c->worker->chunks, &c->worker->pipes);
	c->request.head_bytes = 0;
	conn_detach(c);
	list_remove(&c->own_node);
	c->own_entry = NULL;
	served_route_unref(c->served);
	c->served = NULL;
	if (c->client.out ||
		(unread && !(c->client.ready & STREAM_BROKEN) && answer->reason != CLOSE_CLIENT_GONE))
		conn_set_state(c, CONN_LINGER);
	else
		conn_end(c);
}

void conn_close(struct conn *c, enum close_reason reason, const struct err *err)
{
	conn_close_with(c, &(struct answer){.reason = reason}, err);
}

void conn_close_shut(struct conn *c, const struct route *route)
{
	struct answer answer = {.reason = CLOSE_PAUSED};

	if (route_shut(route) == ROUTE_SHUT_QUOTA)
		answer = (struct answer){
			.reason = CLOSE_QUOTA,
			.used_bytes = route->quota_used,
			.limit_bytes = route->limit_bytes,
		};
	conn_close_with(c, &answer, NULL);
}

void conn_linger_run(struct conn *c)
{
	char *sink;
	enum stream_result result;
	size_t n;

	result = stream_flush(&c->client, &c->worker->chunks);
	if (result == STREAM_FAILED)
		conn_end(c);
	if (result != STREAM_OK)
		return;
	if (!c->linger_bytes) {
		stream_shutdown_write(&c->client);
		c->linger_bytes = 1; /* the FIN counts as one, so that it is sent once */
	}
	/* What is read here is never looked at. */
	if (!buf_reserve(&c->worker->scratch, CHUNK_BYTES)) {
		conn_end(c);
		return;
	}
	buf_clear(&c->worker->scratch);
	sink = c->worker->scratch.data;
	while ((result = stream_read(&c->client, sink, CHUNK_BYTES, &n)) == STREAM_OK) {
		c->linger_bytes += (uint32_t)n;
		if (c->linger_bytes > CONN_LINGER_BYTES)
			break;
	}
	if (result != STREAM_AGAIN)
		conn_end(c);
}

void conn_linger_expire(struct conn *c)
{
	conn_end(c);
}

void conn_route_changed(struct conn *c, const struct served_route *old)
{
	if (c->entry && route_shut(c->entry->served->route)) {
		conn_close_shut(c, c->entry->served->route);
		return;
	}
	if (c->state == CONN_TUNNEL)
		stage_tunnel_route_changed(c);
	else if (c->entry && c->state > CONN_HEAD && c->state < CONN_TUNNEL)
		stage_redial_route_changed(c, old);
	if (c->state != CONN_CLOSED)
		conn_run(c);
}

void conn_free(struct conn *c)
{
	ensure(c->state == CONN_CLOSED);
	c->magic = 0;
	slab_put(&c->worker->conns, c);
}
