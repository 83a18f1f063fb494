/*
 * http_server.h: a small HTTP/1.1 server on libevent, for the vendor API, the admin calls and the origin:
 * keep-alive, pipelining in order, bodies both ways. Unlike evhttp it lets a handler answer late, stream with
 * backpressure, or cut a warm connection without a byte. Not meant to face anything but tests.
 */
#ifndef KP_SIM_HTTP_SERVER_H
#define KP_SIM_HTTP_SERVER_H

#include <netinet/in.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/ip_addr.h"
#include "shared/base/list.h"
#include "tests/kiotproxy-sim/http_message.h"

struct event_base;
struct evconnlistener;
struct http_conn;

enum { HTTP_BODY_KEPT_BYTES = 1024 * 1024 };

struct http_request { /* valid until the answer is given */
	struct http_head head;
	struct slice path, query; /* of an origin-form target */
	struct buf body;          /* its first HTTP_BODY_KEPT_BYTES */
	uint64_t body_bytes;      /* all of them */
	uint32_t body_crc32;
	struct ip_addr peer;
};

enum http_cut { HTTP_CUT_FIN, HTTP_CUT_RST };

typedef void http_handler_fn(struct http_conn *conn, const struct http_request *request, void *arg);
typedef void http_gone_fn(struct http_conn *conn, void *arg);
/* Writes the bytes [offset, offset + len) of a body that is a function of the offset. */
typedef void http_fill_fn(uint64_t offset, char *dst, size_t len);

struct http_server {
	struct event_base *base;         /* borrowed */
	struct evconnlistener *listener; /* owned */
	http_handler_fn *handler;
	void *arg;
	struct list conns;
	struct sockaddr_in bound; /* where it listens, the real port filled in */
	uint64_t requests;
};

bool http_server_start(struct http_server *server, struct event_base *base,
	const struct sockaddr_in *listen_on, http_handler_fn *handler, void *arg, struct err *err) MUST_CHECK;
void http_server_done(struct http_server *server); /* cuts every connection */

/* Each request gets exactly one of the following, now or later. `extra` is NULL or whole header lines with
 * CRLF; `type` NULL = no Content-Type. */
void http_reply(
	struct http_conn *conn, unsigned status, const char *type, const char *extra, struct slice body);
void http_reply_stream(struct http_conn *conn, unsigned status, const char *type, enum http_body_kind framing,
	uint64_t total_bytes, http_fill_fn *fill);
void http_cut(struct http_conn *conn, enum http_cut how);

/* Tells when the connection dies before the answer is given. `fn` NULL takes it back. */
void http_on_gone(struct http_conn *conn, http_gone_fn *fn, void *arg);

/* 101 and then raw bytes: what the client sends comes back; its EOF too. */
void http_become_echo(struct http_conn *conn, const char *protocol);

#endif
