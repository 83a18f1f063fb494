/* limits.c: see limits.h. An IPv6 client owns its whole /64, so that is what is counted. */
#include "relay-node/limits.h"

#include <string.h>

#include "shared/base/ensure.h"

struct client_count {
	struct ip_addr addr; /* the map's key */
	uint32_t connections;
};

void client_limits_init(struct client_limits *limits, uint32_t max_per_process, uint32_t workers)
{
	hash_map_init(&limits->by_address);
	slab_init(&limits->counts, sizeof(struct client_count), 256);
	limits->max_per_address = (max_per_process + workers - 1) / workers;
}

void client_limits_done(struct client_limits *limits)
{
	ensure(limits->by_address.len == 0);
	hash_map_done(&limits->by_address);
	slab_done(&limits->counts);
}

static struct ip_addr counted_as(const struct ip_addr *addr)
{
	struct ip_addr key = *addr;

	if (!ip_addr_is_v4(addr))
		memset(key.bytes + 8, 0, 8);
	return key;
}

static struct slice key_of(const struct ip_addr *addr)
{
	return slice_of((const char *)addr->bytes, sizeof(addr->bytes));
}

bool client_limits_enter(struct client_limits *limits, const struct ip_addr *addr)
{
	struct ip_addr key = counted_as(addr);
	struct client_count *count = hash_map_find(&limits->by_address, key_of(&key));

	if (!count) {
		count = slab_get(&limits->counts);
		if (!count)
			return false;
		count->addr = key;
		hash_map_set(&limits->by_address, key_of(&count->addr), count);
	}
	if (count->connections >= limits->max_per_address)
		return false;
	count->connections++;
	return true;
}

void client_limits_leave(struct client_limits *limits, const struct ip_addr *addr)
{
	struct ip_addr key = counted_as(addr);
	struct client_count *count = hash_map_find(&limits->by_address, key_of(&key));

	ensure(count && count->connections > 0);
	if (--count->connections)
		return;
	hash_map_remove(&limits->by_address, key_of(&key));
	slab_put(&limits->counts, count);
}
