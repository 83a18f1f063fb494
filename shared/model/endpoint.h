/*
 * endpoint.h: the public ways to reach a proxy's constant endpoint, as URLs that clients can use. Pure: what
 * is switched on and which ports are public is told by the caller.
 */
#ifndef KP_MODEL_ENDPOINT_H
#define KP_MODEL_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/compiler.h"
#include "shared/base/ip_addr.h"
#include "shared/base/slice.h"

enum { ENDPOINT_HOST_BYTES = 336, ENDPOINT_NAME_BYTES = ENDPOINT_HOST_BYTES + 8, ENDPOINT_MAX = 8 };

/* In the order of recommendation: the ways that need the least of the client come first. */
#define ENDPOINT_WAYS(X)                                              \
	X(PORT, "port")               /* a port of its own */         \
	X(ADDRESS, "address")         /* an IP address of its own */  \
	X(SNI, "sni")                 /* TLS to the proxy names it */ \
	X(CREDENTIALS, "credentials") /* the user name names it */

#define X(name, text) WAY_##name,
enum endpoint_way { ENDPOINT_WAYS(X) ENDPOINT_WAY_COUNT };
#undef X

/* What the fleet offers to the outside. */
struct public_access {
	struct slice domain;         /* a DNS name; "" or an IP address: endpoints have no names */
	struct slice host;           /* where clients reach the relays when there are no names; "" = domain */
	uint16_t http_port;          /* 0 = off */
	uint16_t tls_port;           /* 0 = off */
	uint16_t port_start;         /* endpoint n is at port_start + n; 0 = off */
	uint16_t port_end;           /* the last one */
	bool socks5;                 /* the relays speak SOCKS5 on the HTTP ports too */
	bool has_address_pool;       /* endpoint n has the address base + n */
	struct ip_cidr address_pool; /* used only with has_address_pool */
};

struct endpoint {
	enum endpoint_way way;
	const char *scheme; /* "http", "https", "socks5h" */
	uint16_t port;
	char host[ENDPOINT_HOST_BYTES];
};

const char *endpoint_way_text(enum endpoint_way way);

/* "proxy1.example.com"; without names "host:port" of its port way, else of the shared port. */
void endpoint_name(const struct public_access *access, struct slice subdomain, int64_t number,
	char dst[ENDPOINT_NAME_BYTES]);

/* The public port of endpoint `number`; false when it is outside the range, or the way is off. */
bool endpoint_port(const struct public_access *access, int64_t number, uint16_t *ret_port) MUST_CHECK;
/* Its own address; false when it is outside the pool, or there is none. */
bool endpoint_address(
	const struct public_access *access, int64_t number, struct ip_addr *ret_addr) MUST_CHECK;

/* Every way that is on and can reach it, recommended first; returns how many. */
size_t endpoint_list(const struct public_access *access, struct slice subdomain, int64_t number,
	struct endpoint ret_endpoints[ENDPOINT_MAX]);

#endif
