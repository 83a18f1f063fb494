/* dice.h: the simulator's random numbers: one seeded generator, so that a failing test can be run again. */
#ifndef KP_SIM_DICE_H
#define KP_SIM_DICE_H

#include <stdint.h>

struct dice {
	uint64_t state; /* never 0 */
};

static inline void dice_init(struct dice *d, uint64_t seed)
{
	d->state = seed * 0x9E3779B97F4A7C15u + 1;
	if (d->state == 0)
		d->state = 1;
}

/* A number below `bound` (> 0): xorshift64*, high half. */
static inline uint32_t dice_below(struct dice *d, uint32_t bound)
{
	d->state ^= d->state >> 12;
	d->state ^= d->state << 25;
	d->state ^= d->state >> 27;
	return (uint32_t)(((d->state * 0x2545F4914F6CDD1Du) >> 32) % bound);
}

#endif
