/*
 * clock.h: the monotonic clock. Wall time is not here on purpose: it comes from Redis (TIME) at the store's
 * edge, so that the nodes' clocks need not agree.
 */
#ifndef KP_BASE_CLOCK_H
#define KP_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds and microseconds since an arbitrary start; never goes back. A loop reads it once a turn. */
uint64_t clock_now_ms(void);
uint64_t clock_now_us(void);

#endif
