/*
 * identify.c: the first bytes tell the client's protocol. HTTP goes on to head; what is not served on this
 * port is counted and closed. The place where SOCKS5, the PROXY protocol and TLS branch off.
 */
#include "relay-node/client_protocol.h"
#include "relay-node/conn.h"
#include "relay-node/stages/stages.h"
#include "relay-node/worker.h"

void stage_identify_run(struct conn *c)
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
	if (result != STREAM_OK) {
		chunk_return(&c->worker->chunks, c->up.chunk);
		c->up.chunk = NULL;
		if (result != STREAM_AGAIN)
			conn_close(c, CLOSE_CLIENT_GONE, NULL);
		return;
	}
	c->up.chunk->end = (uint32_t)n;
	switch (client_protocol_guess(chunk_slice(c->up.chunk))) {
	case CLIENT_PROTOCOL_TLS: conn_close(c, CLOSE_TLS_ON_PLAIN_PORT, NULL); break;
	case CLIENT_PROTOCOL_SOCKS5:
	case CLIENT_PROTOCOL_SOCKS4: conn_close(c, CLOSE_SOCKS_ON_HTTP_PORT, NULL); break;
	/* The HTTP parser says what is wrong with the rest. */
	default: conn_set_state(c, CONN_HEAD);
	}
}

void stage_identify_expire(struct conn *c)
{
	/* Browsers open connections ahead of need: no answer, no error. */
	conn_close(c, CLOSE_IDLE, NULL);
}
