/*
 * jobs.h: the worker side of the queue: takes jobs from the stream as there are hands free, gives each to its
 * runner, and gives up on those that were delivered too often. It never decides what a job does.
 */
#ifndef KP_SCHEDULER_JOBS_H
#define KP_SCHEDULER_JOBS_H

#include <stddef.h>
#include <stdint.h>

#include "scheduler/sched_env.h"
#include "shared/base/compiler.h"

struct checks;
struct jobs;
struct probes;

struct jobs *jobs_new(const struct sched_env *env, struct checks *checks, struct probes *probes) MUST_CHECK;
/* Reads no more; what runs goes on. */
void jobs_stop(struct jobs *jobs);
size_t jobs_running(const struct jobs *jobs); /* with reads under way: 0 means that nothing more will start */
/* Abandons what still runs: its entries come again, here or elsewhere. After the store has been freed. */
void jobs_free(struct jobs *jobs);

#endif
