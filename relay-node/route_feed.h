/*
 * route_feed.h: follows the topic `routes` and posts every route to every worker. It parses a route once,
 * opens the upstream's password once, and shares the result. Lives on the feed thread (main.c).
 */
#ifndef KP_RELAY_ROUTE_FEED_H
#define KP_RELAY_ROUTE_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/slice.h"
#include "shared/loop/loop.h"
#include "shared/store/store_follow.h"

struct keyring;
struct route_feed;
struct workers;

/* All arguments are borrowed and outlive the feed. */
struct route_feed *route_feed_new(
	struct loop *loop, struct store *store, const struct keyring *kr, struct workers *workers) MUST_CHECK;
void route_feed_free(struct route_feed *feed); /* accepts NULL */

struct store_follow *route_feed_follow(struct route_feed *feed); /* position, digest, staleness */
uint64_t route_feed_count(const struct route_feed *feed);        /* endpoints */

#endif
