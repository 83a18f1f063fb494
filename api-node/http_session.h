/*
 * http_session.h: the HTTP connections of clients, as libwebsockets shows them: collects a request, refuses
 * what is ambiguous or too large, hands it to the router, writes the reply when it comes.
 */
#ifndef KP_API_HTTP_SESSION_H
#define KP_API_HTTP_SESSION_H

#include "shared/base/compiler.h"

struct api;
struct http_sessions;
struct lws_protocols;
struct request;

struct http_sessions *http_sessions_new(struct api *api) MUST_CHECK;
/* Closes, before it returns, every connection that has a request or is a WebSocket; idle ones go with the
 * libwebsockets context. Replies that come afterwards find no client. NULL is allowed. */
void http_sessions_free(struct http_sessions *sessions);

/* The vhost's first protocol. */
struct lws_protocols http_sessions_protocol(struct http_sessions *sessions);

/* From now on every reply ends its connection. */
void http_sessions_drain(struct http_sessions *sessions);

/* The reply of `req` is ready: it is written after this callback, and the request freed afterwards (or at
 * once when the client has left). Called by reply.c and idempotency.c only. */
void http_session_reply(struct request *req);

#endif
