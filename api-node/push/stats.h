/*
 * stats.h: the frame `stats`: once a second, what the endpoints that a browser may see carry now. It listens
 * to the relays while a browser is connected, and makes one frame for all who see the same.
 */
#ifndef KP_API_PUSH_STATS_H
#define KP_API_PUSH_STATS_H

#include "shared/base/compiler.h"
#include "shared/base/list.h"

struct api;
struct stats;

/* `clients`: the hub's list of push_client->node, borrowed. */
struct stats *stats_new(struct api *api, struct list *clients) MUST_CHECK;
void stats_free(struct stats *stats); /* accepts NULL */

/* There is a client: starts to listen, unless it does so already. It ends by itself when none is left. */
void stats_start(struct stats *stats);

#endif
