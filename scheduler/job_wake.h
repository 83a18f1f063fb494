/*
 * job_wake.h: tells within milliseconds that something was added to the queue, by a blocking XREAD on a link
 * of its own. A hint only: it consumes nothing, may come too often, and may be missed (jobs.c polls as well).
 */
#ifndef KP_SCHEDULER_JOB_WAKE_H
#define KP_SCHEDULER_JOB_WAKE_H

#include "scheduler/sched_env.h"
#include "shared/base/compiler.h"

struct job_wake;

struct job_wake *job_wake_new(const struct sched_env *env, void (*wake)(void *arg), void *arg) MUST_CHECK;
/* Tells `wake` once when something is added from now on; no-op while armed or while the link is down. */
void job_wake_arm(struct job_wake *wake);
void job_wake_free(struct job_wake *wake);

#endif
