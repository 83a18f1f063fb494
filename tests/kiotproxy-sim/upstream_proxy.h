/*
 * upstream_proxy.h: the HTTP proxy behind every upstream address: CONNECT and absolute-form, keep-alive. It
 * leaves from the upstream's own address, so that the target sees which upstream was used. It never leaves
 * the machine: targets are `origin.test` and literals in 127.0.0.0/8.
 */
#ifndef KP_SIM_UPSTREAM_PROXY_H
#define KP_SIM_UPSTREAM_PROXY_H

#include <netinet/in.h>

#include "shared/base/err.h"
#include "shared/base/list.h"
#include "tests/kiotproxy-sim/upstream.h"

struct upstream_proxy {
	struct event_base *base;         /* borrowed */
	struct upstream_pool *pool;      /* borrowed */
	struct evconnlistener *listener; /* owned: the wildcard */
	struct sockaddr_in origin;       /* what origin.test means */
	struct list conns;
	uint64_t refused; /* connections to unknown or dead addresses, reset */
};

/* Listens on 0.0.0.0:port (0 = any free one) and tells the pool its port. */
bool upstream_proxy_start(struct upstream_proxy *proxy, struct event_base *base, struct upstream_pool *pool,
	uint16_t port, const struct sockaddr_in *origin, struct err *err) MUST_CHECK;
void upstream_proxy_done(struct upstream_proxy *proxy); /* cuts every connection */

#endif
