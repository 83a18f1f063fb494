/*
 * loop_lws.h: shared/loop/loop.h inside libwebsockets' own event loop, so that the Redis links and the admin
 * server of an api-node live in the one thread that also serves its clients.
 */
#ifndef KP_API_LOOP_LWS_H
#define KP_API_LOOP_LWS_H

#include "shared/loop/loop.h"

struct lws_context;
struct lws_protocols;
struct lws_vhost;

/* To be listed among the protocols of the vhost that is given to loop_lws_new. */
extern const struct lws_protocols loop_lws_protocol;

/* A loop on `context` (borrowed). Everything made on it must be freed before the context is destroyed;
 * loop_lws_free comes after that. */
struct loop *loop_lws_new(struct lws_context *context, struct lws_vhost *vhost) MUST_CHECK;
void loop_lws_free(struct loop *loop);

#endif
