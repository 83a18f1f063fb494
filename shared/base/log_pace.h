/* log_pace.h: keeps an event that repeats from filling the log: the first one is written at once, then at
 * most one a minute, which can tell how many were left out. Of one thread. */
#ifndef KP_BASE_LOG_PACE_H
#define KP_BASE_LOG_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/compiler.h"

enum { LOG_PACE_MS = 60000 };

struct log_pace { /* zeroed at first */
	uint64_t next_ms;
	uint64_t left_out;
};

/* Whether this one is to be written, at `now_ms` (clock_now_ms()); `ret_left_out`: how many before it were
 * not. False counts it as left out. */
bool log_pace_take(struct log_pace *pace, uint64_t now_ms, uint64_t *ret_left_out) MUST_CHECK;

#endif
