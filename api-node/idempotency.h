/*
 * idempotency.h: `Idempotency-Key` on calls that change something: the first answer is kept 24 h and
 * repeated. The key counts per user, method and path; the same key with another body or query is refused
 * (422).
 */
#ifndef KP_API_IDEMPOTENCY_H
#define KP_API_IDEMPOTENCY_H

#include "api-node/router.h"

/* Repeats the stored answer, or runs the handler and stores what it answers. */
void idempotency_run(struct request *req, route_handler_fn *handler);

/* Called by reply.c with the answer of a request that has an idempotency_scope: stores it (a 5xx is
 * forgotten, so that it may be tried again, and so is what is too long to be sealed), then lets
 * http_session_reply() send it. */
void idempotency_store_reply(struct request *req);

#endif
