/*
 * work.h: one job in the hands of this worker, from reading to its end. jobs.c makes and frees it; a runner
 * (rotate, sync, release, notify) does it and says work_end() once, as its last act.
 */
#ifndef KP_SCHEDULER_WORK_H
#define KP_SCHEDULER_WORK_H

#include "scheduler/sched_env.h"
#include "shared/base/list.h"
#include "shared/base/log.h"
#include "shared/model/job.h"

struct jobs;
struct work;

struct work_runner {
	void (*start)(struct work *work);
	/* The process ends: drop what is under way without telling the store. Called only before work_end().
	 */
	void (*abandon)(struct work *work);
};

struct work {
	struct job job;
	const struct sched_env *env;      /* borrowed */
	const struct work_runner *runner; /* static */
	struct jobs *jobs;                /* borrowed */
	struct list node;                 /* jobs->running */
	struct loop_timer *again;         /* owned; NULL until work_again() */
	uint64_t read_ms;                 /* clock_now_ms() before its entry was read */
	void *state;                      /* the runner's; owned by it */
};

/* At which its start, and an answer of the provider that is good, are logged. Each proxy has a sync by the
 * clock every half minute: those are told only when they fail. */
static inline enum log_level work_log_level(const struct job *job)
{
	return job->kind == JOB_SYNC && job->reason == JOB_REASON_CLOCK ? LOG_DEBUG : LOG_INFO;
}

extern const struct work_runner rotate_runner, sync_runner, release_runner, notify_runner;

/* The job is out of this worker's hands: ended at the store, or left there to come again. Frees `work`. */
void work_end(struct work *work);

/* The store was away or began a new generation, and the job was not ended: while its entry is surely still
 * ours it is done again from its claim, as soon as the store is up; later it is left to come again. The
 * runner has let go of `work` (state NULL), which may be freed. */
void work_again(struct work *work);

#endif
