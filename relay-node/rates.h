/*
 * rates.h: tells the api-nodes what each endpoint carries now: bytes per second and open connections, once a
 * second, over the channel `rates`, and only while somebody listens (the heartbeat's answer says so). Totals
 * are not its business: usage_flush.h. Lives on the feed thread.
 */
#ifndef KP_RELAY_RATES_H
#define KP_RELAY_RATES_H

#include <stdint.h>

#include "relay-node/mails.h"
#include "shared/loop/loop.h"

struct rates;
struct store;
struct workers;

/* All borrowed; they outlive it. */
struct rates *rates_new(
	struct loop *loop, struct store *store, const char *node_id, struct workers *workers) MUST_CHECK;
void rates_free(struct rates *rates); /* after the store: no answer may come any more; accepts NULL */

void rates_add(struct rates *rates, const struct mail_usage *usage);
/* How many listen now. */
void rates_listeners(struct rates *rates, uint64_t count);

#endif
