/* backoff.c: see backoff.h. */
#include "shared/base/backoff.h"

#include <sys/random.h>

#include "shared/base/ensure.h"

void backoff_init(struct backoff *b, uint32_t min_ms, uint32_t max_ms)
{
	ensure(min_ms > 0 && min_ms <= max_ms);
	*b = (struct backoff){.min_ms = min_ms, .max_ms = max_ms};
}

void backoff_reset(struct backoff *b)
{
	b->attempts = 0;
}

uint32_t backoff_next_ms(struct backoff *b)
{
	uint64_t ceiling = (uint64_t)b->min_ms << (b->attempts < 20 ? b->attempts : 20);

	if (ceiling > b->max_ms)
		ceiling = b->max_ms;
	b->attempts++;
	uint32_t half = (uint32_t)(ceiling / 2);
	return half + jitter_below((uint32_t)ceiling - half + 1);
}

uint32_t jitter_below(uint32_t bound)
{
	uint32_t value;

	ensure(bound > 0);
	ensure(getrandom(&value, sizeof(value), 0) == (ssize_t)sizeof(value));
	return value % bound; /* the bias is of no matter here */
}
