/* backoff.h: exponential delays with full jitter, so that a fleet does not come back in step. */
#ifndef KP_BASE_BACKOFF_H
#define KP_BASE_BACKOFF_H

#include <stdint.h>

struct backoff {
	uint32_t min_ms;
	uint32_t max_ms;
	uint32_t attempts; /* since the last reset */
};

void backoff_init(struct backoff *b, uint32_t min_ms, uint32_t max_ms);
void backoff_reset(struct backoff *b);
/* The delay before the next attempt: between half and all of min * 2^attempts, at most max. */
uint32_t backoff_next_ms(struct backoff *b);

/* A random number below `bound` (> 0). For spreading load, not for secrets (crypto/random.h). */
uint32_t jitter_below(uint32_t bound);

#endif
