/*
 * usage_flush.h: brings the endpoints' traffic to the store: collected from the workers every few seconds,
 * summed up, sent in batches, one at a time. A batch whose answer was lost is sent again with the same
 * number, so that it counts once. Lives on the feed thread.
 */
#ifndef KP_RELAY_USAGE_FLUSH_H
#define KP_RELAY_USAGE_FLUSH_H

#include <stdint.h>

#include "relay-node/mails.h"
#include "shared/loop/loop.h"

struct store;
struct usage_flush;
struct workers;

struct usage_flush *usage_flush_new(
	struct loop *loop, struct store *store, const char *node_id, struct workers *workers) MUST_CHECK;
/* After the store is gone, or idle: no answer may come any more. */
void usage_flush_free(struct usage_flush *flush);

/* The batches' numbers begin at Redis' clock: they must grow even when the node restarts under the same name.
 * Nothing is sent before this was called. */
void usage_flush_set_clock(struct usage_flush *flush, int64_t wall_offset_ms);

void usage_flush_add(struct usage_flush *flush, const struct mail_usage *usage);
void usage_flush_now(struct usage_flush *flush); /* sends what there is, without waiting for the next round */
bool usage_flush_idle(const struct usage_flush *flush); /* nothing is left to send */

#endif
