/*
 * served_route.h: a route as the relay serves it: the immutable model route, plus what is worked out once
 * when it arrives (the Proxy-Authorization value for the upstream, unsealed) and the endpoint's process-wide
 * connection count. Made by the feed thread, shared by all workers, freed by whoever lets go last.
 */
#ifndef KP_RELAY_SERVED_ROUTE_H
#define KP_RELAY_SERVED_ROUTE_H

#include <stdatomic.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/slice.h"
#include "shared/model/route.h"

struct keyring;

/* Open client connections of one endpoint in all workers: what a limit of connections counts. It outlives the
 * routes, which come and go. */
struct endpoint_load {
	_Atomic uint32_t refs;
	_Atomic uint32_t connections;
};

struct endpoint_load *endpoint_load_new(void) MUST_CHECK;
struct endpoint_load *endpoint_load_ref(struct endpoint_load *load);
void endpoint_load_unref(struct endpoint_load *load); /* accepts NULL */

struct served_route {
	_Atomic uint32_t refs;
	struct route *route;        /* one reference */
	struct endpoint_load *load; /* one reference */
	size_t authorization_len;
	char authorization[]; /* "Basic …", or empty; a secret, wiped at the end */
};

/* One reference for the caller; takes references to `route` and `load`. NULL with err when the upstream's
 * password does not open under our key. */
struct served_route *served_route_new(struct route *route, struct endpoint_load *load,
	const struct keyring *kr, struct err *err) MUST_CHECK;
struct served_route *served_route_ref(struct served_route *served);
void served_route_unref(struct served_route *served); /* accepts NULL */

static inline struct slice served_route_authorization(const struct served_route *served)
{
	return slice_of(served->authorization, served->authorization_len);
}

/* Whether a connection dialled for one would have gone the same way under the other. */
bool served_route_same_upstream(const struct served_route *a, const struct served_route *b);

#endif
