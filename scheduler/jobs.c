/*
 * jobs.c: see jobs.h.
 *
 * One read is under way at a time, for at most as many jobs as provider slots are free; that bounds the calls
 * to the provider to PROVIDER_CONCURRENCY. Checks and probes come in the same stream but go at once to
 * checks.c and probes.c, which have budgets of their own: they hold no slot, and a slow upstream does not
 * keep a rotation waiting. Neither does a slow receiver of notices: those hold no slot either, and there are
 * no more of them than channels.
 *
 * The window starts at one job and doubles with each that ends (as TCP's slow start). A job that kills its
 * worker is so read alone by the worker's successor, instead of dragging its neighbours towards the limit of
 * deliveries.
 */
#include "scheduler/jobs.h"

#include <stdlib.h>

#include "scheduler/checks.h"
#include "scheduler/claim.h"
#include "scheduler/job_wake.h"
#include "scheduler/probes.h"
#include "scheduler/sched_config.h"
#include "scheduler/sched_metrics.h"
#include "scheduler/work.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/failpoint.h"
#include "shared/base/log.h"
#include "shared/json/json.h"
#include "shared/loop/loop.h"
#include "shared/store/store.h"
#include "shared/store/store_jobs.h"

enum {
	DELIVERIES_MAX = 5,
	READ_MAX = 1000,    /* jobs_read.lua hands out no more at once, and refuses to be asked */
	POLL_MS = 250,      /* when nothing wakes us: reclaims, and wakes that were missed */
	DOWN_POLL_MS = 500, /* while the store is away */
	AGAIN_MS = 100,
	AGAIN_FOR_MS = CLAIM_IDLE_MS - 2000, /* from then on another worker may take the entry over */
};

struct jobs {
	const struct sched_env *env; /* borrowed */
	struct checks *checks;       /* borrowed */
	struct probes *probes;       /* borrowed */
	struct job_wake *wake;       /* owned */
	struct loop_timer *timer;    /* owned: the next read */
	struct list running;         /* struct work */
	size_t running_count;        /* that hold a slot */
	size_t notify_count;
	size_t window;
	uint64_t read_ms; /* when the last read was started */
	enum { READ_IDLE, READ_WAITING, READ_STOPPED_WAITING, READ_STOPPED } reading;
};

static const struct work_runner *const runners[JOB_KIND_COUNT] = {
	[JOB_ROTATE] = &rotate_runner,
	[JOB_SYNC] = &sync_runner,
	[JOB_RELEASE] = &release_runner,
	[JOB_NOTIFY] = &notify_runner,
};

static size_t free_slots(const struct jobs *jobs)
{
	size_t slots = jobs->env->config->provider_concurrency;

	if (slots > jobs->window)
		slots = jobs->window;
	slots = slots > jobs->running_count ? slots - jobs->running_count : 0;
	return slots < READ_MAX ? slots : READ_MAX;
}

/* The count that a job of this kind is in. */
static size_t *count_of(struct jobs *jobs, enum job_kind kind)
{
	return kind == JOB_NOTIFY ? &jobs->notify_count : &jobs->running_count;
}

static void read_soon(struct jobs *jobs, uint32_t delay_ms)
{
	if (jobs->reading == READ_IDLE)
		loop_timer_start(jobs->env->loop, jobs->timer, delay_ms);
}

/* --- one job
 * ------------------------------------------------------------------------------------------------- */

static void work_start(struct jobs *jobs, const struct job *job)
{
	struct work *work = mem_zalloc(sizeof(*work));

	*work = (struct work){.job = *job,
		.env = jobs->env,
		.runner = runners[job->kind],
		.jobs = jobs,
		.read_ms = jobs->read_ms};
	list_append(&jobs->running, &work->node);
	(*count_of(jobs, job->kind))++;
	jobs->env->metrics->jobs_running[job->kind]++;
	log_event(work_log_level(job), "job started", log_str("job", job->name),
		log_uint(job->kind == JOB_NOTIFY ? "channel" : "proxy", job->id),
		log_str("reason", job_reason_text(job->reason)), log_str("by", job->by));
	work->runner->start(work);
}

void work_end(struct work *work)
{
	struct jobs *jobs = work->jobs;

	list_remove(&work->node);
	(*count_of(jobs, work->job.kind))--;
	jobs->env->metrics->jobs_running[work->job.kind]--;
	if (jobs->window < jobs->env->config->provider_concurrency)
		jobs->window *= 2;
	loop_timer_free(jobs->env->loop, work->again);
	free(work);
	read_soon(jobs, 0);
}

static void on_again(void *arg)
{
	struct work *work = arg;

	if (clock_now_ms() - work->read_ms > AGAIN_FOR_MS)
		work_end(work);
	else if (!store_is_up(work->env->store))
		loop_timer_start(work->env->loop, work->again, AGAIN_MS);
	else
		work->runner->start(work);
}

void work_again(struct work *work)
{
	if (!work->again)
		work->again = loop_timer_new(work->env->loop, on_again, work);
	ensure(work->again);
	loop_timer_start(work->env->loop, work->again, AGAIN_MS);
}

static bool is_running(const struct jobs *jobs, const struct job *job)
{
	list_each (node, &jobs->running)
		if (slice_eq_str(slice_from_str(job->entry), list_entry(node, struct work, node)->job.entry))
			return true;
	return false;
}

static void on_dead(const struct store_result *r, void *arg)
{
	(void)arg;
	if (r->err)
		log_warning("a dead job was not put away, it comes again", log_err(r->err));
}

static void give_up(struct jobs *jobs, const struct job *job, uint32_t deliveries)
{
	log_error("job given up: delivered too often", log_str("job", job->name), log_uint("proxy", job->id),
		log_uint("deliveries", deliveries));
	jobs->env->metrics->jobs_dead++;
	store_job_dead(jobs->env->store, slice_from_str(job->entry), slice_from_str(job->name), job->id,
		SLICE_LIT("delivered too often"), deliveries, on_dead, NULL);
}

static void take(struct jobs *jobs, const struct job *job, uint32_t deliveries)
{
	if (is_running(jobs, job) || checks_has(jobs->checks, job) || probes_has(jobs->probes, job))
		return;
	jobs->env->metrics->jobs_read[job->kind]++;
	if (deliveries > DELIVERIES_MAX) {
		give_up(jobs, job, deliveries);
		return;
	}
	failpoint("after_read");
	if (job->kind == JOB_CHECK)
		checks_add(jobs->checks, job);
	else if (job->kind == JOB_PROBE)
		probes_add(jobs->probes, job);
	else
		work_start(jobs, job);
}

/* --- reading
 * ------------------------------------------------------------------------------------------------- */

enum { JOB_FIELDS_MAX = 32 }; /* names and values */

/* PROVIDER_CONCURRENCY is at most 1024 jobs of well below 1 KiB. */
static const struct json_limits list_limits = {.max_bytes = 1 << 21, .max_depth = 4};

/* {"entry":…,"job":…,"kind":…,…,"deliveries":…}, all texts. */
static bool read_job(const struct json *value, struct job *ret_job, uint32_t *ret_deliveries, struct err *err)
{
	struct slice fields[JOB_FIELDS_MAX], entry, deliveries;
	size_t n = 0;

	if (!json_get_str(value, "entry", &entry, err) ||
		!json_get_str(value, "deliveries", &deliveries, err))
		return false;
	for (const struct json *v = json_first(value); v && n + 2 <= ARRAY_LEN(fields); v = json_next(v)) {
		fields[n] = json_name(v);
		if (json_str(v, &fields[n + 1]))
			n += 2;
	}
	if (!slice_parse_u32(deliveries, UINT32_MAX, ret_deliveries))
		*ret_deliveries = 1;
	return job_from_fields(entry, fields, n, ret_job, err);
}

/* How many were handed out. */
static size_t take_all(struct jobs *jobs, struct slice text)
{
	struct err err;
	struct json *root = json_parse(text, &list_limits, &err);
	size_t n = 0;

	if (!root) {
		log_error("the store's list of jobs cannot be read", log_err(&err));
		return 0;
	}
	for (const struct json *v = json_first(root); v; v = json_next(v), n++) {
		struct job job;
		uint32_t deliveries;

		if (read_job(v, &job, &deliveries, &err))
			take(jobs, &job, deliveries);
		else
			log_error("a job cannot be read, leaving it", log_err(&err));
	}
	json_free(root);
	return n;
}

static void on_read(const struct store_result *r, void *arg)
{
	struct jobs *jobs = arg;
	size_t n = 0;
	uint64_t dead = store_result_uint(r, "dead");

	jobs->reading = jobs->reading == READ_STOPPED_WAITING ? READ_STOPPED : READ_IDLE;
	if (r->status == STORE_OK)
		n = take_all(jobs, store_result_str(r, "jobs"));
	else if (r->status == STORE_ERROR)
		log_warning("jobs cannot be read, trying again", log_err(r->err));
	if (dead > 0) {
		log_warning("entries of the queue that are no jobs were put away", log_uint("count", dead));
		jobs->env->metrics->jobs_dead += dead;
		n += dead;
	}
	if (r->status != STORE_OK)
		read_soon(jobs, DOWN_POLL_MS);
	else
		read_soon(jobs, n > 0 ? 0 : POLL_MS);
}

static void on_read_due(void *arg)
{
	struct jobs *jobs = arg;
	size_t count = free_slots(jobs);

	if (jobs->reading != READ_IDLE || count == 0)
		return; /* work_end() comes back here */
	if (!store_is_up(jobs->env->store)) {
		read_soon(jobs, DOWN_POLL_MS);
		return;
	}
	jobs->reading = READ_WAITING;
	jobs->read_ms = clock_now_ms();
	job_wake_arm(jobs->wake);
	store_jobs_read(jobs->env->store, slice_from_str(jobs->env->config->common.node_id), (uint32_t)count,
		CLAIM_IDLE_MS, on_read, jobs);
}

static void on_wake(void *arg)
{
	read_soon(arg, 0);
}

struct jobs *jobs_new(const struct sched_env *env, struct checks *checks, struct probes *probes)
{
	struct jobs *jobs = mem_zalloc(sizeof(*jobs));

	*jobs = (struct jobs){.env = env, .checks = checks, .probes = probes, .window = 1};
	list_init(&jobs->running);
	jobs->timer = loop_timer_new(env->loop, on_read_due, jobs);
	ensure(jobs->timer);
	jobs->wake = job_wake_new(env, on_wake, jobs);
	read_soon(jobs, 0);
	return jobs;
}

void jobs_stop(struct jobs *jobs)
{
	jobs->reading = jobs->reading == READ_WAITING ? READ_STOPPED_WAITING : READ_STOPPED;
	loop_timer_stop(jobs->env->loop, jobs->timer);
	job_wake_free(jobs->wake);
	jobs->wake = NULL;
}

size_t jobs_running(const struct jobs *jobs)
{
	return jobs->running_count + jobs->notify_count + (jobs->reading == READ_STOPPED_WAITING ? 1 : 0);
}

void jobs_free(struct jobs *jobs)
{
	if (!jobs)
		return;
	list_each (node, &jobs->running) {
		struct work *work = list_entry(node, struct work, node);

		list_remove(node);
		if (work->state)
			work->runner->abandon(work);
		loop_timer_free(jobs->env->loop, work->again);
		free(work);
	}
	job_wake_free(jobs->wake);
	loop_timer_free(jobs->env->loop, jobs->timer);
	free(jobs);
}
