/* store_jobs.c: arguments of the queue's scripts. */
#include "shared/store/store_jobs.h"

void store_due_dispatch(struct store *s, const struct store_due_dispatch *q, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_DUE_DISPATCH);
	store_call_text(&call, q->leader_value);
	store_call_uint(&call, q->limit);
	store_call_uint(&call, q->max_waiting);
	store_call_uint(&call, q->rearm_ms);
	store_call_uint(&call, q->check_interval_ms);
	store_call_int(&call, q->remind_until_ms);
	store_call_send(s, &call, done, arg);
}

void store_due_hasten(struct store *s, const char *kind, uint32_t direct_max, const uint64_t *ids,
	size_t count, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_DUE_HASTEN);
	store_call_str(&call, kind);
	store_call_uint(&call, direct_max);
	for (size_t i = 0; i < count; i++)
		store_call_uint(&call, ids[i]);
	store_call_send(s, &call, done, arg);
}

void store_jobs_read(struct store *s, struct slice worker, uint32_t count, uint64_t min_idle_ms,
	store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_JOBS_READ);
	store_call_text(&call, worker);
	store_call_uint(&call, count);
	store_call_uint(&call, min_idle_ms);
	store_call_send(s, &call, done, arg);
}

void store_job_claim(struct store *s, const struct store_job_claim *q, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_JOB_CLAIM);
	store_call_text(&call, q->entry);
	store_call_text(&call, q->job);
	store_call_text(&call, q->kind);
	store_call_uint(&call, q->id);
	store_call_uint(&call, q->slot);
	store_call_text(&call, q->worker);
	store_call_uint(&call, q->gen);
	store_call_uint(&call, q->claim_ms);
	store_call_send(s, &call, done, arg);
}

void store_job_renew(struct store *s, struct slice entry, struct slice worker, uint64_t id, uint64_t fence,
	uint64_t claim_ms, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_JOB_RENEW);
	store_call_text(&call, entry);
	store_call_text(&call, worker);
	store_call_uint(&call, id);
	store_call_uint(&call, fence);
	store_call_uint(&call, claim_ms);
	store_call_send(s, &call, done, arg);
}

void store_job_finish(struct store *s, struct slice entry, struct slice job, struct slice result,
	store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_JOB_FINISH);
	store_call_text(&call, entry);
	store_call_text(&call, job);
	store_call_text(&call, result);
	store_call_send(s, &call, done, arg);
}

void store_job_dead(struct store *s, struct slice entry, struct slice job, uint64_t id, struct slice reason,
	uint32_t deliveries, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_JOB_DEAD);
	store_call_text(&call, entry);
	store_call_text(&call, job);
	store_call_uint(&call, id);
	store_call_text(&call, reason);
	store_call_uint(&call, deliveries);
	store_call_send(s, &call, done, arg);
}

void store_job_result(struct store *s, struct slice job, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_JOB_RESULT);
	store_call_text(&call, job);
	store_call_send(s, &call, done, arg);
}
