/*
 * clock.h: the leader's clock: four times a second it lets the store make jobs of what is due, and gives
 * proxies their new due times after a change of the settings. It knows no proxy: cost grows with what is due.
 */
#ifndef KP_SCHEDULER_CLOCK_H
#define KP_SCHEDULER_CLOCK_H

#include "scheduler/sched_env.h"
#include "shared/base/compiler.h"

struct due_clock;
struct leader;

/* Ticks while `leader` (borrowed) leads. */
struct due_clock *due_clock_new(const struct sched_env *env, struct leader *leader) MUST_CHECK;
void due_clock_free(struct due_clock *clock); /* after the store */

#endif
