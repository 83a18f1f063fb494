/*
 * checks.h: checks of upstreams: a request through each to HEALTH_CHECK_URL, with a budget of its own, its
 * results committed in batches. Whether two bad checks make a proxy unhealthy is the store's to say.
 */
#ifndef KP_SCHEDULER_CHECKS_H
#define KP_SCHEDULER_CHECKS_H

#include <stddef.h>

#include "scheduler/sched_env.h"
#include "shared/base/compiler.h"
#include "shared/model/job.h"

struct checks;

struct checks *checks_new(const struct sched_env *env) MUST_CHECK;
/* Whether this entry of the stream is queued, measured or being told already: while many wait, those at the
 * end look abandoned to the store and come again. */
bool checks_has(const struct checks *checks, const struct job *job) MUST_CHECK;
/* Copies the job. One about a suspect upstream goes first; when too many wait, an ordinary one is put away:
 * the clock makes another soon. */
void checks_add(struct checks *checks, const struct job *job);
/* Drops what waits; what runs goes on, and its results are committed. */
void checks_stop(struct checks *checks);
size_t checks_running(const struct checks *checks); /* with results not yet committed */
void checks_free(struct checks *checks); /* after the store has been freed, before the http client */

#endif
