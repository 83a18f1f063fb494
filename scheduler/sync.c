/*
 * sync.c: asks the provider what is assigned to a key and adopts the answer: another tool may have changed
 * it, or the vendor itself. It never asks for a change.
 */
#include <stdlib.h>

#include "scheduler/claim.h"
#include "scheduler/outcome.h"
#include "scheduler/sched_metrics.h"
#include "scheduler/vendor_call.h"
#include "scheduler/work.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"

struct sync {
	struct work *work;        /* borrowed */
	struct claim *claim;      /* owned */
	struct vendor_call *call; /* owned; NULL when none is under way */
	struct outcome *outcome;  /* owned; NULL until the end is told */
	enum failure_class failed;
};

static void sync_free(struct sync *sync)
{
	vendor_call_cancel(sync->call);
	outcome_cancel(sync->outcome);
	claim_free(sync->claim);
	sync->work->state = NULL;
	free(sync);
}

static void sync_end(struct sync *sync)
{
	struct work *work = sync->work;

	sync_free(sync);
	work_end(work);
}

static void sync_again(struct sync *sync)
{
	struct work *work = sync->work;

	sync_free(sync);
	work_again(work);
}

static void on_told(enum outcome_end end, enum outcome_same same, void *arg)
{
	struct sync *sync = arg;
	struct sched_metrics *metrics = sync->work->env->metrics;

	(void)same;
	sync->outcome = NULL;
	if (end == OUTCOME_STALE) {
		sync_again(sync);
		return;
	}
	if (end == OUTCOME_ACCEPTED && sync->failed == FAILURE_NONE)
		metrics->syncs_ok++;
	else
		metrics->syncs_failed++;
	sync_end(sync);
}

static void on_reply(const struct provider_reply *reply, uint64_t latency_ms, void *arg)
{
	struct sync *sync = arg;
	struct work *work = sync->work;

	(void)latency_ms;
	sync->call = NULL;
	sync->failed = reply->class;
	if (reply->class == FAILURE_NONE)
		sync->outcome = outcome_commit(work->env, &work->job, sync->claim, reply, on_told, sync);
	else
		sync->outcome = outcome_fail(
			work->env, &work->job, sync->claim, reply, STORE_NOT_SENT, on_told, sync);
}

static void on_claimed(void *arg, enum claim_end end)
{
	struct sync *sync = arg;

	if (end == CLAIM_UNSURE) {
		sync_again(sync);
		return;
	}
	if (end != CLAIM_TAKEN) {
		sync_end(sync);
		return;
	}
	const struct job *job = &sync->work->job;
	struct vendor_request request = {.call = PROVIDER_CURRENT,
		.proxy = claim_proxy(sync->claim),
		.job = job->name,
		.good_log = work_log_level(job)};
	sync->call = vendor_call_start(sync->work->env, &request, on_reply, sync);
}

static void on_claim_lost(void *arg)
{
	sync_end(arg);
}

static const struct claim_ops claim_ops = {.taken = on_claimed, .lost = on_claim_lost};

static void sync_start(struct work *work)
{
	struct sync *sync = mem_zalloc(sizeof(*sync));

	sync->work = work;
	work->state = sync;
	sync->claim = claim_new(work->env, &work->job, work->read_ms, &claim_ops, sync);
}

static void sync_abandon(struct work *work)
{
	sync_free(work->state);
}

const struct work_runner sync_runner = {.start = sync_start, .abandon = sync_abandon};
