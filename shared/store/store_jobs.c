/* store_jobs.c: arguments of the queue's scripts, and reading the jobs they hand out. */
#include "shared/store/store_jobs.h"

#include "shared/json/json.h"

void store_due_dispatch(struct store *s, const struct store_due_dispatch *q, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_DUE_DISPATCH);
	store_call_text(&call, q->leader_value);
	store_call_uint(&call, q->limit);
	store_call_uint(&call, q->max_waiting);
	store_call_uint(&call, q->rearm_ms);
	store_call_uint(&call, q->check_interval_ms);
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

/* One object of texts: the entry's own fields, plus `entry` and `deliveries`. */
static bool job_parse(const struct json *object, struct store_job *ret_job, struct err *err)
{
	enum { FIELDS_MAX = 32 };
	struct slice fields[FIELDS_MAX], entry = SLICE_NONE, value;
	size_t count = 0;
	uint32_t deliveries = 0;
	for (const struct json *m = json_first(object); m; m = json_next(m)) {
		if (!json_str(m, &value))
			return err_set(err, ERR_PROTOCOL, "a job's field is no text");
		struct slice name = json_name(m);
		if (slice_eq_str(name, "entry")) {
			entry = value;
		} else if (slice_eq_str(name, "deliveries")) {
			if (!slice_parse_u32(value, UINT32_MAX, &deliveries))
				return err_set(err, ERR_PROTOCOL, "a job's deliveries is no number");
		} else if (count + 2 <= FIELDS_MAX) {
			fields[count++] = name;
			fields[count++] = value;
		}
	}
	if (!job_from_fields(entry, fields, count, &ret_job->job, err))
		return err_prefix(err, "job entry %.*s", SLICE_ARG(entry));
	ret_job->deliveries = deliveries;
	return true;
}

size_t store_jobs_parse(const struct store_result *r, struct store_job *ret_jobs, size_t max, struct err *err)
{
	struct json_limits limits = {.max_depth = 4, .max_bytes = 4 * 1024 * 1024};
	struct json *root = json_parse(store_result_str(r, "jobs"), &limits, err);
	size_t count = 0;
	bool failed = root == NULL;
	for (const struct json *v = root ? json_first(root) : NULL; v && count < max; v = json_next(v)) {
		if (job_parse(v, &ret_jobs[count], failed ? NULL : err))
			count++;
		else
			failed = true;
	}
	json_free(root);
	return count;
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
