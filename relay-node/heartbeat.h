/*
 * heartbeat.h: tells the store once a second that this relay lives, what it holds and how busy it is; learns
 * Redis' clock and the newest version of the routes. Lives on the feed thread.
 */
#ifndef KP_RELAY_HEARTBEAT_H
#define KP_RELAY_HEARTBEAT_H

#include <stdint.h>

#include "shared/loop/loop.h"

struct heartbeat;
struct rates;
struct relay_shared;
struct route_feed;
struct store;
struct usage_flush;
struct workers;

/* All borrowed; they outlive the heartbeat. */
struct heartbeat_env {
	struct loop *loop;
	struct store *store;
	struct relay_shared *shared; /* its wall clock is written here */
	struct workers *workers;
	struct route_feed *feed;
	struct usage_flush *usage;
	struct rates *rates; /* learns whether anybody listens */
};

struct heartbeat *heartbeat_new(const struct heartbeat_env *env) MUST_CHECK;
/* The store is open: beats at once, so that clock and version are known without waiting a second. */
void heartbeat_store_up(struct heartbeat *heartbeat);
void heartbeat_free(struct heartbeat *heartbeat); /* after the store: no answer may come any more */

#endif
