/*
 * head_rewrite.h: writes the heads that a proxy sends on: requests to the upstream proxy, answers to the
 * client. Framing, Host, Connection and credentials are written anew, everything else is copied; hop-by-hop
 * fields and those that Connection names stay behind (RFC 9110 section 7.6.1). No Via, no X-Forwarded-For is
 * ever added. All append to `out`; check out->overflow once at the end. Called by the forward and upstream
 * stages.
 */
#ifndef KP_RELAY_HEAD_REWRITE_H
#define KP_RELAY_HEAD_REWRITE_H

#include "relay-node/head_http.h"
#include "relay-node/head_response.h"
#include "shared/base/buf.h"
#include "shared/base/slice.h"

enum head_connection {
	HEAD_CONNECTION_KEEP_ALIVE,
	HEAD_CONNECTION_CLOSE,
	HEAD_CONNECTION_UPGRADE, /* passes the head's own Upgrade field; it must have one */
};

struct head_request_options {
	struct slice
		proxy_authorization; /* the upstream's credentials, a whole value ("Basic …"); empty = none */
	enum head_connection connection;
};

/* A request in absolute form for an upstream HTTP proxy. An HTTP/1.0 client's request goes on as HTTP/1.0, so
 * that no answer comes back chunked, which such a client could not read. */
void head_rewrite_request(
	struct buf *out, const struct http_request_head *head, const struct head_request_options *options);

/* "CONNECT host:port HTTP/1.1" for the upstream; authority->port is not 0. Nothing of the client's own head.
 */
void head_rewrite_connect(
	struct buf *out, const struct http_authority *authority, struct slice proxy_authorization);

/* The answer as the client gets it, always HTTP/1.1. Status 407 must have been turned into something else
 * before: it asks for the upstream's credentials, and the client would answer with its own. */
void head_rewrite_response(
	struct buf *out, const struct http_response_head *head, enum head_connection connection);

#endif
