/* heartbeat.h: once a second, tells the store that this scheduler lives and what it does. */
#ifndef KP_SCHEDULER_HEARTBEAT_H
#define KP_SCHEDULER_HEARTBEAT_H

#include "scheduler/sched_env.h"
#include "shared/base/compiler.h"

struct heartbeat;

struct heartbeat *heartbeat_new(const struct sched_env *env) MUST_CHECK;
void heartbeat_free(struct heartbeat *heartbeat); /* after the store */

#endif
