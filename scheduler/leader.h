/*
 * leader.h: which of the schedulers runs the clock. Leading only saves double work: every script of the clock
 * shows the lease's value to the store, which refuses an old one.
 */
#ifndef KP_SCHEDULER_LEADER_H
#define KP_SCHEDULER_LEADER_H

#include <stdbool.h>

#include "scheduler/sched_env.h"
#include "shared/base/compiler.h"
#include "shared/base/slice.h"

struct leader;

struct leader *leader_new(const struct sched_env *env) MUST_CHECK;
/* True while the lease is surely ours; looks at the clock now, so that a thawed process knows at once. */
bool leader_leads(struct leader *leader);
struct slice leader_value(const struct leader *leader); /* what the store wants to see */
/* The store said that the lease is somebody else's. */
void leader_step_down(struct leader *leader, const char *why);
/* Gives the lease back, and takes it no more; leader_idle() once the store has answered. */
void leader_stop(struct leader *leader);
bool leader_idle(const struct leader *leader);
void leader_free(struct leader *leader); /* after the store */

#endif
