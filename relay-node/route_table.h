/*
 * route_table.h: a worker's own index of endpoints. An entry is what hangs on an endpoint in this worker: the
 * route in force, the connections, the listener of its port, the traffic not yet reported. It decides
 * nothing; worker.c applies what the feed sends, the stages look entries up.
 */
#ifndef KP_RELAY_ROUTE_TABLE_H
#define KP_RELAY_ROUTE_TABLE_H

#include <stdint.h>

#include "relay-node/served_route.h"
#include "shared/base/hash_map.h"
#include "shared/base/list.h"
#include "shared/base/slice.h"

struct listener;

enum { SUBDOMAIN_BYTES_MAX = 63 };

/* Traffic of an endpoint. The store takes connections without errors for proof that the upstream works. */
struct route_usage {
	uint64_t bytes_up, bytes_down;
	uint64_t connections; /* to the upstream that it answered */
	uint64_t errors;      /* requests that failed for want of an upstream, or through it */
};

struct route_entry {
	struct served_route *served; /* one reference; never NULL */
	struct list conns;           /* conn->entry_node */
	struct listener *listener;   /* owned; NULL without a port way */
	struct route_usage usage;    /* since it was last taken */
	struct list usage_node;      /* on table->used while there is something to report */
	uint64_t seen;               /* the last snapshot that named it */
	uint64_t suspected_ms;       /* when its upstream was last reported; 0 = never */
	char subdomain[SUBDOMAIN_BYTES_MAX + 1];
};

struct route_table {
	struct hash_map by_subdomain; /* lower-case subdomain → entry */
	struct list used;             /* entries with traffic, or with connections come and gone, to report */
	uint64_t snapshots;           /* swapped in so far; 0 = never synced */
};

void route_table_init(struct route_table *table);
/* Frees the entries, which must have neither connections nor listeners any more. */
void route_table_done(struct route_table *table);

/* NULL when there is none. `subdomain` in any case. */
struct route_entry *route_table_find(const struct route_table *table, struct slice subdomain);

/* Sets the route of its subdomain. Takes over one reference of `served`. *ret_old is the route it replaced,
 * with its reference, or NULL when the entry is new. */
struct route_entry *route_table_set(
	struct route_table *table, struct served_route *served, struct served_route **ret_old);
/* Takes the entry out and frees it: connections and listener must be gone. */
void route_table_remove(struct route_table *table, struct route_entry *entry);

struct route_entry *route_table_next(const struct route_table *table, size_t *cursor);

/* Adds traffic to what will be reported. A zero delta: only the number of open connections has changed. */
void route_entry_count(struct route_table *table, struct route_entry *entry, struct route_usage delta);
/* The next entry to report, whose traffic is moved to *ret_usage; NULL at the end. */
struct route_entry *route_table_take_usage(struct route_table *table, struct route_usage *ret_usage);

#endif
