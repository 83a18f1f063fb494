/* idle.c: a client connection between two requests. It holds no buffer; pipelined bytes skip this state. */
#include "relay-node/conn.h"
#include "relay-node/stages/stages.h"
#include "relay-node/worker.h"
#include "shared/base/ensure.h"

void stage_idle_enter(struct conn *c)
{
	conn_drop_upstream(c);
	served_route_unref(c->served);
	c->served = NULL;
	ensure(c->request.head_bytes == 0);
	c->request = (struct request){0};
	c->client_scan = (struct http_head_scan){0};
	flow_reopen(&c->up);
	if (chunk_len(c->up.chunk))
		conn_set_state(c, CONN_HEAD);
	else if (c->worker->phase == WORKER_DRAINING)
		conn_close(c, CLOSE_SHUTDOWN, NULL);
	else
		conn_set_state(c, CONN_IDLE);
}

void stage_idle_run(struct conn *c)
{
	enum stream_result result;
	size_t n;

	if (!(c->client.ready & STREAM_READABLE))
		return;
	c->up.chunk = chunk_borrow(&c->worker->chunks, CHUNK_BYTES);
	if (!c->up.chunk) {
		conn_close(c, CLOSE_NO_MEMORY, NULL);
		return;
	}
	result = stream_read(&c->client, c->up.chunk->data, c->up.chunk->cap_bytes, &n);
	if (result == STREAM_OK) {
		c->up.chunk->end = (uint32_t)n;
		conn_set_state(c, CONN_HEAD);
		return;
	}
	chunk_return(&c->worker->chunks, c->up.chunk);
	c->up.chunk = NULL;
	if (result != STREAM_AGAIN)
		conn_close(c, CLOSE_CLIENT_GONE, NULL);
}

void stage_idle_expire(struct conn *c)
{
	conn_close(c, CLOSE_IDLE, NULL);
}
