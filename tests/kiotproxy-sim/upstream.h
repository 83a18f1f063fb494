/*
 * upstream.h: the addresses that the simulated vendor hands out. Each is a 127.x.y.z of its own with a life:
 * LIVE (accepts), DEAD (refuses; open connections are cut at once or after the chosen time). Who talks over
 * it is the business of upstream_proxy.h; which key it belongs to, of key_state.h.
 */
#ifndef KP_SIM_UPSTREAM_H
#define KP_SIM_UPSTREAM_H

#include <netinet/in.h>

#include "shared/base/err.h"
#include "shared/base/hash_map.h"
#include "shared/base/list.h"
#include "tests/kiotproxy-sim/dice.h"

struct event;
struct event_base;
struct evconnlistener;

enum region { REGION_BAC, REGION_TRUNG, REGION_NAM, REGION_RANDOM };
enum upstream_state { UPSTREAM_LIVE, UPSTREAM_DEAD };
enum upstream_socket { UPSTREAM_WILDCARD, UPSTREAM_OWN_SOCKET };

struct upstream_counts {
	uint64_t opened; /* client connections ever */
	uint64_t open;   /* now */
};

struct upstream_spec {
	enum region region;
	enum upstream_socket socket;
	const char *user, *password;          /* "" = no authentication */
	struct upstream_counts *owner_counts; /* borrowed: the key's, outlives the upstream */
};

struct upstream {
	unsigned refs;             /* the key's, one per connection, one for the pending cut */
	enum upstream_state state; /* written only by upstream_kill() */
	struct in_addr addr;       /* network order; key of the pool's index */
	uint16_t port;
	char host[INET_ADDRSTRLEN];
	const char *location;            /* static, UTF-8 */
	char user[64], password[64];     /* "" = none asked for */
	struct upstream_pool *pool;      /* borrowed */
	struct evconnlistener *listener; /* owned; NULL on the wildcard listener */
	struct event *cut_timer;         /* owned; pending between death and cut */
	struct list dying;               /* on pool->dying meanwhile */
	struct list links;               /* struct upstream_link of open connections */
	struct upstream_counts counts;
	struct upstream_counts *owner_counts; /* borrowed */
};

/* What a connection over an upstream embeds. `cut` must close it hard; it detaches itself meanwhile. */
struct upstream_link {
	struct list node;
	struct upstream *upstream; /* a reference; NULL when detached */
	void (*cut)(struct upstream_link *link);
};

/* A client arrived at the own socket of an upstream. */
typedef void upstream_accept_fn(struct upstream *up, int fd, void *arg);

struct upstream_pool {
	struct event_base *base;
	struct hash_map live; /* address → LIVE upstream on the wildcard listener or an own socket */
	struct list dying;    /* dead upstreams whose connections are not cut yet */
	struct dice *dice;    /* borrowed */
	uint32_t counter;     /* of the next address */
	uint16_t port;        /* of the wildcard listener */
	uint64_t cut_after_ms;
	upstream_accept_fn *accept;
	void *accept_arg;
};

void upstream_pool_init(
	struct upstream_pool *pool, struct event_base *base, struct dice *dice, uint64_t cut_after_ms);
void upstream_pool_done(struct upstream_pool *pool); /* after every upstream was killed and let go */

/* A live upstream at the next free address, one reference for the caller. NULL and err when no address or
 * (own socket) no descriptor is left. */
struct upstream *upstream_assign(
	struct upstream_pool *pool, const struct upstream_spec *spec, struct err *err) MUST_CHECK;
/* The same at a given address, for state that outlived a restart. `port` counts for an own socket only. */
struct upstream *upstream_restore(struct upstream_pool *pool, const struct upstream_spec *spec,
	struct in_addr addr, uint16_t port, const char *location, struct err *err) MUST_CHECK;
struct upstream *upstream_find(
	const struct upstream_pool *pool, struct in_addr addr); /* NULL: unknown or dead */
void upstream_kill(struct upstream *up);  /* idempotent; may free connections, not `up` */
void upstream_unref(struct upstream *up); /* accepts NULL */

void upstream_link_attach(
	struct upstream_link *link, struct upstream *up, void (*cut)(struct upstream_link *));
void upstream_link_detach(struct upstream_link *link); /* idempotent */

bool region_parse(struct slice text, enum region *ret_region) MUST_CHECK;

#endif
