/*
 * http_conn.h: one connection of the HTTP server, shared by its two files: http_server.c (accept, read,
 * close) and http_reply.c (write). Nobody else includes this.
 */
#ifndef KP_SIM_HTTP_CONN_H
#define KP_SIM_HTTP_CONN_H

#include "tests/kiotproxy-sim/http_server.h"

struct bufferevent;

enum http_conn_state { CONN_HEAD, CONN_BODY, CONN_HANDLER, CONN_STREAM, CONN_LINGER, CONN_ECHO, CONN_CLOSED };

struct http_conn {
	struct list node;
	struct http_server *server; /* borrowed */
	struct bufferevent *bev;    /* owned */
	enum http_conn_state state;
	enum { LIFE_KEEP, LIFE_CLOSE } life;    /* what follows the present answer */
	enum { INPUT_OPEN, INPUT_ENDED } input; /* the client's half */
	unsigned depth;                         /* handlers on the stack: not freed meanwhile */
	struct buf head_bytes;                  /* what request.head points into */
	struct http_request request;
	struct http_body body;
	http_gone_fn *gone;
	void *gone_arg;
	struct { /* STREAM */
		http_fill_fn *fill;
		uint64_t offset, total;
		enum http_body_kind framing;
	} stream;
};

/* http_server.c */
void http_conn_close(struct http_conn *c); /* frees it unless a handler is on the stack */
/* The answer is written (or queued): goes on with what comes next on this connection. */
void http_conn_exchange_done(struct http_conn *c);

/* http_reply.c: there is room in the output (STREAM), or something to send back (ECHO). */
void http_conn_stream_more(struct http_conn *c);
void http_conn_echo_more(struct http_conn *c);

#endif
