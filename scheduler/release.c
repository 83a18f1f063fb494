/*
 * release.c: gives a deleted proxy's upstream back to the provider (/out), because its user asked for that.
 * Sent once; whatever comes of it ends the job: the upstream would expire by itself anyway.
 */
#include <stdlib.h>

#include "scheduler/claim.h"
#include "scheduler/vendor_call.h"
#include "scheduler/work.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/json/json_writer.h"
#include "shared/store/store.h"
#include "shared/store/store_jobs.h"

struct release {
	struct work *work;        /* borrowed; NULL once abandoned */
	struct claim *claim;      /* owned */
	struct vendor_call *call; /* owned; NULL when none is under way */
	bool finishing;           /* the store is being told */
};

/* Lets go of the work; what the store still has to answer frees the rest (on_finished). */
static void release_detach(struct release *release)
{
	vendor_call_cancel(release->call);
	claim_free(release->claim);
	release->call = NULL;
	release->claim = NULL;
	release->work->state = NULL;
	release->work = NULL;
	if (!release->finishing)
		free(release);
}

static void release_end(struct release *release)
{
	struct work *work = release->work;

	release_detach(release);
	work_end(work);
}

static void on_finished(const struct store_result *r, void *arg)
{
	struct release *release = arg;

	release->finishing = false;
	if (!release->work) {
		free(release);
		return;
	}
	if (r->err)
		log_warning("the end of a release was not noted, it comes again",
			log_str("job", release->work->job.name), log_err(r->err));
	release_end(release);
}

static void on_reply(const struct provider_reply *reply, uint64_t latency_ms, void *arg)
{
	struct release *release = arg;
	const struct job *job = &release->work->job;
	/* Where nothing can be given back, leaving the upstream to expire is all there is to do. */
	enum failure_class class = reply->class == FAILURE_NOT_OFFERED ? FAILURE_NONE : reply->class;
	struct job_result result = {
		.outcome = class == FAILURE_NONE ? JOB_OUTCOME_OK : JOB_OUTCOME_ERROR,
		.failure = class,
		.latency_ms = (int64_t)latency_ms,
		.message_id = slice_from_str(failure_class_message_id(class)),
	};
	struct buf text;
	struct json_writer w;

	release->call = NULL;
	buf_init(&text, 0);
	json_writer_init(&w, &text);
	job_result_write(&w, &result);
	release->finishing = true;
	store_job_finish(release->work->env->store, slice_from_str(job->entry), slice_from_str(job->name),
		buf_slice(&text), on_finished, release);
	buf_done(&text);
}

static void on_claimed(void *arg, enum claim_end end)
{
	struct release *release = arg;

	if (end != CLAIM_TAKEN) {
		release_end(release);
		return;
	}
	struct vendor_request request = {.call = PROVIDER_RELEASE,
		.proxy = claim_proxy(release->claim),
		/* Frozen here and thawed later, it could hit what the key was given to since. */
		.send_before_ms = claim_deadline_ms(release->claim),
		.job = release->work->job.name,
		.good_log = LOG_INFO};
	release->call = vendor_call_start(release->work->env, &request, on_reply, release);
}

/* A deleted record holds no claim that could be renewed; nobody else wants this job either. */
static void on_claim_lost(void *arg)
{
	(void)arg;
}

static const struct claim_ops claim_ops = {.taken = on_claimed, .lost = on_claim_lost};

static void release_start(struct work *work)
{
	struct release *release = mem_zalloc(sizeof(*release));

	release->work = work;
	work->state = release;
	release->claim = claim_new(work->env, &work->job, work->read_ms, &claim_ops, release);
}

static void release_abandon(struct work *work)
{
	release_detach(work->state);
}

const struct work_runner release_runner = {.start = release_start, .abandon = release_abandon};
