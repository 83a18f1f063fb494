/*
 * probes.h: requests through a proxy's own endpoint, with its own credentials, as a client would make them:
 * what comes back is the relay's word, or the address that a page sees. With a budget of their own; where the
 * endpoint is, the job says (api-node knows it, nobody who asks can choose it).
 */
#ifndef KP_SCHEDULER_PROBES_H
#define KP_SCHEDULER_PROBES_H

#include <stddef.h>

#include "scheduler/sched_env.h"
#include "shared/base/compiler.h"
#include "shared/model/job.h"

struct probes;

struct probes *probes_new(const struct sched_env *env) MUST_CHECK;
bool probes_has(const struct probes *probes, const struct job *job) MUST_CHECK; /* this entry, in work */
/* Copies the job. Beyond the budget it is ended with err.busy. */
void probes_add(struct probes *probes, const struct job *job);
size_t probes_running(const struct probes *probes);
void probes_free(struct probes *probes); /* after the store has been freed, before the http client */

#endif
