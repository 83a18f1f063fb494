/*
 * route.h: what a relay knows of a proxy: endpoint → upstream, who may use it, what becomes of its tunnels.
 * Immutable; reference-counted atomically, since the relay's threads share one object. Never holds the
 * provider's key. Built by the feed thread, looked at by every connection.
 */
#ifndef KP_MODEL_ROUTE_H
#define KP_MODEL_ROUTE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/ip_addr.h"
#include "shared/base/slice.h"
#include "shared/model/proxy_enums.h"

enum {
	ROUTE_PASSWORD_HASH_BYTES = 32,
	ROUTE_ALLOW_MAX = 256,           /* entries */
	ROUTE_CONNECTIONS_MAX = 1000000, /* the highest limit of connections */
};

#define ROUTE_STATES(X)                                              \
	X(ACTIVE, "active")           /* has an upstream */          \
	X(PAUSED, "paused")           /* switched off by its user */ \
	X(UNAVAILABLE, "unavailable") /* no upstream now; `reason` says why */

#define X(name, text) ROUTE_##name,
enum route_state { ROUTE_STATES(X) ROUTE_STATE_COUNT };
#undef X

struct route_upstream {
	struct ip_addr addr;
	uint16_t port; /* 0 = this protocol is not offered */
};

struct route_allow {
	struct ip_cidr cidr;
	int64_t until_ms; /* epoch ms; 0 = for ever */
};

struct route {
	_Atomic uint32_t refs;
	enum route_state state;
	enum on_rotate on_rotate;
	bool rotating;     /* a scheduler is at it: a newer route is near */
	bool has_password; /* false: nobody is let in by password */
	uint32_t number;
	uint32_t drain_seconds;
	uint32_t limit_connections; /* 0 = the relay's own default */
	uint64_t limit_bytes;       /* a month; 0 = none */
	uint64_t quota_used;        /* what was carried when that limit was reached; 0 = it was not */
	uint64_t id;
	uint64_t restart_seq;
	uint64_t ver;
	struct route_upstream http, socks5;
	struct slice subdomain;
	struct slice reason;   /* message_id, "" when active */
	struct slice provider; /* whom the reason's sentence names; "" = KiotProxy */
	struct slice upstream_user;
	struct slice upstream_auth; /* sealed password, "" = none */
	const struct route_allow *allow;
	size_t allow_count;
	uint8_t password_hash[ROUTE_PASSWORD_HASH_BYTES];
	/* the entries of `allow`, then the texts, follow in the same allocation */
};

const char *route_state_text(enum route_state state);
bool route_state_parse(struct slice text, enum route_state *ret_state) MUST_CHECK;

/* Reads a route stored under `subdomain`. id, subdomain (the same), state and ver must be there; other
 * members may be absent; unknown ones are ignored; one of the wrong type or value refuses the route whole,
 * and so does an active route without an upstream. One reference for the caller; NULL with err. */
struct route *route_from_json(struct slice subdomain, struct slice json, struct err *err) MUST_CHECK;
struct route *route_ref(struct route *route);
void route_unref(struct route *route); /* accepts NULL; the last one frees */

/* Why the route serves nobody, whatever upstream it has: its user's or our own limit. What goes through it
 * ends, and nothing waits for a newer one. */
enum route_shut { ROUTE_OPEN, ROUTE_SHUT_PAUSED, ROUTE_SHUT_QUOTA };
enum route_shut route_shut(const struct route *route);

/* Whether `addr` is let in without a password at wall time now_ms (epoch ms). */
bool route_allows(const struct route *route, const struct ip_addr *addr, int64_t now_ms);

#endif
