/* relay_metrics.c: see relay_metrics.h. The lists are those of counter_table.h, close_reasons.h,
 * head_verdicts.h. */
#include "relay-node/relay_metrics.h"

#include "relay-node/route_feed.h"
#include "relay-node/workers.h"
#include "shared/admin/metrics_writer.h"
#include "shared/store/store.h"

static const struct {
	const char *name, *help;
	enum metric_type type;
} counters[] = {
#define COUNTER(name, type, metric, help) [COUNTER_##name] = {metric, help, METRIC_##type},
#include "relay-node/counter_table.h"
#undef COUNTER
};

static void write_counters(struct metrics_writer *w, const struct workers *workers)
{
	for (unsigned i = 0; i < COUNTER_COUNT; i++) {
		metrics_begin(w, counters[i].name, counters[i].type, counters[i].help);
		metrics_uint(w, METRIC_NO_LABELS, workers_sum(workers, i));
	}
}

static void write_closed(struct metrics_writer *w, const struct workers *workers)
{
	metrics_begin(w, "kiotproxy_relay_closed_total", METRIC_COUNTER, "Connections ended, by cause");
	for (unsigned reason = 0; reason < CLOSE_REASON_COUNT; reason++) {
		uint64_t sum = 0;

		for (uint32_t i = 0; i < workers->started; i++)
			sum += counter_read(&workers->list[i].counters.closed[reason]);
		metrics_uint(w, METRIC_LABELS(METRIC_LABEL("reason", close_reason_info(reason)->name)), sum);
	}
}

static void write_verdicts(struct metrics_writer *w, const struct workers *workers)
{
	metrics_begin(
		w, "kiotproxy_relay_malformed_total", METRIC_COUNTER, "Malformed messages refused, by rule");
	for (unsigned verdict = 0; verdict < HTTP_VERDICT_COUNT; verdict++) {
		uint64_t sum = 0;

		for (uint32_t i = 0; i < workers->started; i++)
			sum += counter_read(&workers->list[i].counters.verdicts[verdict]);
		if (sum)
			metrics_uint(w, METRIC_LABELS(METRIC_LABEL("rule", http_verdict_info(verdict)->name)),
				sum);
	}
}

static void write_histogram(struct metrics_writer *w, const struct workers *workers, size_t offset,
	const char *name, const char *help)
{
	uint64_t counts[HISTOGRAM_BUCKETS + 1] = {0}, sum_ms = 0;

	for (uint32_t i = 0; i < workers->started; i++) {
		const struct histogram *h = (const void *)((const char *)&workers->list[i].counters + offset);

		for (unsigned bucket = 0; bucket <= HISTOGRAM_BUCKETS; bucket++)
			counts[bucket] += counter_read(&h->counts[bucket]);
		sum_ms += counter_read(&h->sum_ms);
	}
	metrics_begin(w, name, METRIC_HISTOGRAM, help);
	metrics_histogram(w, METRIC_NO_LABELS,
		&(struct metric_histogram){
			.bounds = histogram_bounds_ms,
			.counts = counts,
			.bound_count = HISTOGRAM_BUCKETS,
			.sum = (double)sum_ms,
		});
}

static void write_one(
	struct metrics_writer *w, const char *name, enum metric_type type, const char *help, uint64_t value)
{
	metrics_begin(w, name, type, help);
	metrics_uint(w, METRIC_NO_LABELS, value);
}

static void write_feed(struct metrics_writer *w, struct route_feed *feed, struct store *store)
{
	struct store_follow *follow = route_feed_follow(feed);
	struct store_follow_stats stats = store_follow_stats(follow);
	uint64_t gen, ver, stale_ms = store_follow_stale_ms(follow);

	store_follow_position(follow, &gen, &ver);
	write_one(w, "kiotproxy_relay_routes", METRIC_GAUGE, "Endpoints known", route_feed_count(feed));
	write_one(w, "kiotproxy_relay_routes_generation", METRIC_GAUGE, "Generation of the routes applied",
		gen);
	write_one(w, "kiotproxy_relay_routes_version", METRIC_GAUGE, "Version of the routes applied", ver);
	write_one(w, "kiotproxy_relay_routes_refused_total", METRIC_COUNTER, "Route messages refused",
		stats.refused);
	write_one(w, "kiotproxy_relay_routes_snapshots_total", METRIC_COUNTER, "Whole tables read",
		stats.snapshots);
	write_one(w, "kiotproxy_relay_routes_gaps_total", METRIC_COUNTER, "Gaps in the stream of changes",
		stats.gaps);
	write_one(
		w, "kiotproxy_relay_store_up", METRIC_GAUGE, "1 while the store is open", store_is_up(store));
	if (stale_ms == UINT64_MAX)
		return; /* never synced: no age to tell */
	metrics_begin(w, "kiotproxy_relay_stale_seconds", METRIC_GAUGE,
		"Since the routes were last known to be the newest");
	metrics_real(w, METRIC_NO_LABELS, (double)stale_ms / 1000);
}

void relay_metrics_write(
	struct metrics_writer *w, const struct workers *workers, struct route_feed *feed, struct store *store)
{
	write_counters(w, workers);
	write_closed(w, workers);
	write_verdicts(w, workers);
	write_histogram(w, workers, offsetof(struct counters, dial_ms), "kiotproxy_relay_dial_milliseconds",
		"Time to connect to an upstream");
	write_histogram(w, workers, offsetof(struct counters, answer_ms),
		"kiotproxy_relay_answer_milliseconds",
		"Time from the request to the head of the upstream's answer");
	write_feed(w, feed, store);
}
