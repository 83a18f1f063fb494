/* counters.c: see counters.h. */
#include "relay-node/counters.h"

const double histogram_bounds_ms[HISTOGRAM_BUCKETS] = {1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000};

void histogram_observe(struct histogram *histogram, uint64_t ms)
{
	unsigned i = 0;

	while (i < HISTOGRAM_BUCKETS && (double)ms > histogram_bounds_ms[i])
		i++;
	counter_bump(&histogram->counts[i], 1);
	counter_bump(&histogram->sum_ms, ms);
}
