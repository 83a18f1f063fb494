/* account.c: what is counted, for the process (counters.h) and for the endpoint (route_table.h). */
#include "relay-node/conn.h"
#include "relay-node/stages/stages.h"
#include "relay-node/worker.h"

void account_bytes(struct conn *c, enum account_side side, uint64_t bytes, uint64_t spliced_bytes)
{
	struct route_usage delta = {0};

	if (!bytes)
		return;
	if (side == ACCOUNT_UP)
		delta.bytes_up = bytes;
	else
		delta.bytes_down = bytes;
	counters_add(&c->worker->counters, side == ACCOUNT_UP ? COUNTER_BYTES_UP : COUNTER_BYTES_DOWN, bytes);
	if (spliced_bytes)
		counters_add(&c->worker->counters, COUNTER_SPLICED, spliced_bytes);
	if (c->entry)
		route_entry_count(&c->worker->routes, c->entry, delta);
	c->active_ms = c->worker->now_ms;
}

void account_request(struct conn *c)
{
	counters_add(&c->worker->counters, COUNTER_REQUESTS, 1);
}

void account_served(struct conn *c)
{
	route_entry_count(&c->worker->routes, c->entry, (struct route_usage){.connections = 1});
}

/* What the endpoint's user should see as an error: the upstream's failures, not the client's. */
static bool is_endpoint_error(enum close_reason reason)
{
	return reason >= CLOSE_UNAVAILABLE && reason <= CLOSE_RESPONSE_BROKEN;
}

void account_closed(struct conn *c, enum close_reason reason)
{
	counter_bump(&c->worker->counters.closed[reason], 1);
	if (c->entry && is_endpoint_error(reason))
		route_entry_count(&c->worker->routes, c->entry, (struct route_usage){.errors = 1});
}
