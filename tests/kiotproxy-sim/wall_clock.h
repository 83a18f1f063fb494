/* wall_clock.h: epoch time, which the vendor's answers carry. Only the simulator may trust its own wall
 * clock. */
#ifndef KP_SIM_WALL_CLOCK_H
#define KP_SIM_WALL_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t wall_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

#endif
