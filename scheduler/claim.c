/*
 * claim.c: see claim.h. A store operation cannot be taken back, so a claim that is freed while one is under
 * way stays until that one has answered (`owner_gone`).
 */
#include "scheduler/claim.h"

#include <stdlib.h>

#include "scheduler/sched_config.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/failpoint.h"
#include "shared/base/log.h"
#include "shared/model/proxy.h"
#include "shared/store/store.h"
#include "shared/store/store_jobs.h"

enum { CLAIM_MS = 30000, CLAIM_RENEW_MS = 5000, CLAIM_SURE_MS = CLAIM_IDLE_MS - 2000 };

struct claim {
	const struct sched_env *env; /* borrowed */
	const struct job *job;       /* borrowed */
	const struct claim_ops *ops; /* static */
	void *arg;
	struct proxy *proxy;      /* owned; NULL until taken */
	struct loop_timer *timer; /* owned: the next renewal */
	uint64_t fence, gen;
	uint64_t asked_ms;   /* when the operation under way was started */
	uint64_t touched_ms; /* start of what last kept the entry ours: reading it, a good renewal */
	bool attempted;
	bool waiting;    /* an operation is under way */
	bool owner_gone; /* freed by its owner meanwhile */
};

static void claim_delete(struct claim *claim)
{
	loop_timer_free(claim->env->loop, claim->timer);
	proxy_free(claim->proxy);
	free(claim);
}

/* True when the owner has gone meanwhile; the claim is deleted then. */
static bool answered(struct claim *claim)
{
	claim->waiting = false;
	if (claim->owner_gone)
		claim_delete(claim);
	else
		return false;
	return true;
}

static void on_renewed(const struct store_result *r, void *arg)
{
	struct claim *claim = arg;

	if (answered(claim))
		return;
	if (r->status == STORE_CLAIM_LOST) {
		log_warning("another worker has this job now, leaving it", log_str("job", claim->job->name));
		claim->ops->lost(claim->arg);
		return;
	}
	if (r->status == STORE_OK)
		claim->touched_ms = claim->asked_ms;
	loop_timer_start(claim->env->loop, claim->timer, CLAIM_RENEW_MS);
}

static void on_renew_due(void *arg)
{
	struct claim *claim = arg;

	claim->waiting = true;
	claim->asked_ms = clock_now_ms();
	store_job_renew(claim->env->store, slice_from_str(claim->job->entry),
		slice_from_str(claim->env->config->common.node_id), claim->job->id, claim->fence, CLAIM_MS,
		on_renewed, claim);
}

static bool read_claimed(struct claim *claim, const struct store_result *r)
{
	struct err err;

	claim->fence = store_result_uint(r, "fence");
	claim->attempted = store_result_int(r, "attempted") != 0;
	claim->proxy = proxy_from_record(store_result_str(r, "record"), &err);
	if (claim->proxy)
		return true;
	log_error(
		"a record cannot be read, leaving its job", log_str("job", claim->job->name), log_err(&err));
	return false;
}

static void on_claimed(const struct store_result *r, void *arg)
{
	struct claim *claim = arg;
	enum claim_end end = CLAIM_NOT_OURS;

	if (answered(claim))
		return;
	switch (r->status) {
	case STORE_CLAIMED: end = read_claimed(claim, r) ? CLAIM_TAKEN : CLAIM_FAILED; break;
	case STORE_DONE:
	case STORE_BUSY:
	case STORE_GONE:
	case STORE_SKIPPED:
		log_info("job needs no work", log_str("job", claim->job->name),
			log_str("why", store_status_text(r->status)),
			log_slice("reason", store_result_str(r, "reason")));
		break;
	default:
		log_warning("job was not claimed, trying again", log_str("job", claim->job->name),
			log_str("why", r->err ? r->err->msg : store_status_text(r->status)));
		end = CLAIM_UNSURE;
		break;
	}
	if (end == CLAIM_TAKEN) {
		failpoint("after_claim");
		loop_timer_start(claim->env->loop, claim->timer, CLAIM_RENEW_MS);
	}
	claim->ops->taken(claim->arg, end);
}

struct claim *claim_new(const struct sched_env *env, const struct job *job, uint64_t read_ms,
	const struct claim_ops *ops, void *arg)
{
	struct claim *claim = mem_zalloc(sizeof(*claim));

	*claim = (struct claim){.env = env,
		.job = job,
		.ops = ops,
		.arg = arg,
		.gen = store_generation(env->store),
		.touched_ms = read_ms};
	claim->timer = loop_timer_new(env->loop, on_renew_due, claim);
	ensure(claim->timer);
	struct store_job_claim q = {
		.entry = slice_from_str(job->entry),
		.job = slice_from_str(job->name),
		.kind = slice_from_str(job_kind_text(job->kind)),
		.id = job->id,
		.slot = job->slot,
		.worker = slice_from_str(env->config->common.node_id),
		.gen = claim->gen,
		.claim_ms = CLAIM_MS,
	};
	claim->waiting = true;
	claim->asked_ms = clock_now_ms();
	store_job_claim(env->store, &q, on_claimed, claim);
	return claim;
}

void claim_free(struct claim *claim)
{
	if (!claim)
		return;
	loop_timer_stop(claim->env->loop, claim->timer);
	if (claim->waiting)
		claim->owner_gone = true;
	else
		claim_delete(claim);
}

const struct proxy *claim_proxy(const struct claim *claim)
{
	return claim->proxy;
}

bool claim_was_attempted(const struct claim *claim)
{
	return claim->attempted;
}

struct store_claim claim_proof(const struct claim *claim)
{
	return (struct store_claim){
		.entry = slice_from_str(claim->job->entry),
		.job = slice_from_str(claim->job->name),
		.id = claim->job->id,
		.slot = claim->job->slot,
		.fence = claim->fence,
		.gen = claim->gen,
	};
}

uint64_t claim_deadline_ms(const struct claim *claim)
{
	return claim->touched_ms + CLAIM_SURE_MS;
}
