/*
 * counters.h: what a worker counts. Each worker writes only its own set and never waits; the feed thread
 * reads all of them for /metrics and heartbeats. Plain relaxed atomics: one writer each, so no locked
 * instruction.
 */
#ifndef KP_RELAY_COUNTERS_H
#define KP_RELAY_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

#include "relay-node/close_reason.h"
#include "relay-node/head_verdict.h"

enum counter {
#define COUNTER(name, type, metric, help) COUNTER_##name,
#include "relay-node/counter_table.h"
#undef COUNTER
	COUNTER_COUNT
};

enum { HISTOGRAM_BUCKETS = 12 };

/* Upper bounds of the buckets in ms; the last bucket is everything above. */
extern const double histogram_bounds_ms[HISTOGRAM_BUCKETS];

struct histogram {
	_Atomic uint64_t counts[HISTOGRAM_BUCKETS + 1];
	_Atomic uint64_t sum_ms;
};

struct counters {
	_Atomic uint64_t values[COUNTER_COUNT];
	_Atomic uint64_t closed[CLOSE_REASON_COUNT];   /* connections ended, by reason */
	_Atomic uint64_t verdicts[HTTP_VERDICT_COUNT]; /* messages refused by the parsers */
	struct histogram dial_ms;                      /* connecting to an upstream */
	struct histogram answer_ms;                    /* request sent → head of the answer */
};

static inline void counter_bump(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(
		counter, atomic_load_explicit(counter, memory_order_relaxed) + n, memory_order_relaxed);
}

static inline uint64_t counter_read(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static inline void counters_add(struct counters *counters, enum counter which, uint64_t n)
{
	counter_bump(&counters->values[which], n);
}

static inline void counters_sub(struct counters *counters, enum counter which, uint64_t n)
{
	counter_bump(&counters->values[which], (uint64_t)0 - n);
}

void histogram_observe(struct histogram *histogram, uint64_t ms);

#endif
