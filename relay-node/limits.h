/*
 * limits.h: how many connections a client address may hold in this worker. The kernel spreads an address's
 * connections over the workers by their ports, so each worker grants its share of CLIENT_CONNECTIONS.
 * The endpoints' own limits count for the whole process: served_route.h.
 */
#ifndef KP_RELAY_LIMITS_H
#define KP_RELAY_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/compiler.h"
#include "shared/base/hash_map.h"
#include "shared/base/ip_addr.h"
#include "shared/base/slab.h"

struct client_limits {
	struct hash_map by_address; /* 16 address bytes → struct client_count */
	struct slab counts;
	uint32_t max_per_address;
};

void client_limits_init(struct client_limits *limits, uint32_t max_per_process, uint32_t workers);
void client_limits_done(struct client_limits *limits);

/* Counts one more connection of `addr`; false (nothing counted) when it has its share or memory is out. */
bool client_limits_enter(struct client_limits *limits, const struct ip_addr *addr) MUST_CHECK;
void client_limits_leave(struct client_limits *limits, const struct ip_addr *addr);

#endif
