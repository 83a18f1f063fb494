/* upstream_ask.h: asks a page through a proxy's upstream, as a relay would dial it. Used by checks.c. */
#ifndef KP_SCHEDULER_UPSTREAM_ASK_H
#define KP_SCHEDULER_UPSTREAM_ASK_H

#include "scheduler/http_client.h"
#include "scheduler/sched_env.h"

struct proxy;

/* GETs `url` through the upstream that the record names, on a connection of its own, within 5 s. NULL, and
 * `done` never runs, when relays would not dial that upstream or its credentials cannot be read. */
struct http_transfer *upstream_ask(const struct sched_env *env, const struct proxy *proxy, const char *url,
	http_done_fn *done, void *arg, struct err *err) MUST_CHECK;

#endif
