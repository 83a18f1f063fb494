/* relay_metrics.h: what /metrics of a relay says. Reads; changes nothing. Feed thread. */
#ifndef KP_RELAY_RELAY_METRICS_H
#define KP_RELAY_RELAY_METRICS_H

struct metrics_writer;
struct route_feed;
struct store;
struct workers;

void relay_metrics_write(struct metrics_writer *w, const struct workers *workers, struct route_feed *feed,
	struct store *store);

#endif
