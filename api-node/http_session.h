/*
 * http_session.h: one HTTP connection of a client, as libwebsockets shows it: collects a request, refuses
 * what is ambiguous or too large, hands it to the router, writes the reply when it comes.
 */
#ifndef KP_API_HTTP_SESSION_H
#define KP_API_HTTP_SESSION_H

#include <stddef.h>

struct lws_protocols;
struct request;

/* The vhost's first protocol; its `user` is the struct api. */
struct lws_protocols http_session_protocol(void *api);

/* The reply of `req` is ready: writes it when the client can take it, frees the request afterwards (or at
 * once when the client has left). Called by reply.c only. */
void http_session_reply(struct request *req);

#endif
