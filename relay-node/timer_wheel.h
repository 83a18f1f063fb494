/*
 * timer_wheel.h: coarse deadlines for very many connections without a system call each. A timer fires at the
 * first advance at or after its deadline, up to one tick late. One wheel belongs to one worker.
 */
#ifndef KP_RELAY_TIMER_WHEEL_H
#define KP_RELAY_TIMER_WHEEL_H

#include <stdint.h>

#include "shared/base/list.h"

enum { TIMER_WHEEL_SLOTS = 512, TIMER_WHEEL_TICK_MS = 64 };

struct timer {
	struct list node;     /* in a slot of the wheel; empty when not set */
	uint64_t deadline_ms; /* monotonic; 0 when not set */
};

struct timer_wheel {
	struct list slots[TIMER_WHEEL_SLOTS];
	uint64_t occupied[TIMER_WHEEL_SLOTS / 64]; /* slots that may hold timers: a hint, cleared lazily */
	uint64_t tick;                             /* the last one that advance() worked through */
};

typedef void timer_fn(struct timer *timer, void *arg);

void timer_init(struct timer *timer);

void timer_wheel_init(struct timer_wheel *wheel, uint64_t now_ms);
/* Sets or moves. A deadline in the past fires at the next tick. */
void timer_wheel_set(struct timer_wheel *wheel, struct timer *timer, uint64_t deadline_ms);
void timer_wheel_cancel(struct timer *timer); /* harmless when not set */

/* Fires what is due: `fn` may set and cancel any timer, its own too. */
void timer_wheel_advance(struct timer_wheel *wheel, uint64_t now_ms, timer_fn *fn, void *arg);

/* How long a loop may sleep: milliseconds until the next tick with a timer in it; -1 when there is none. */
int timer_wheel_sleep_ms(struct timer_wheel *wheel, uint64_t now_ms);

#endif
