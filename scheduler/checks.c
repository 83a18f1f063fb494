/*
 * checks.c: see checks.h. A check is queued → claimed (the store gives its record; a check holds no claim) →
 * measured → batched → committed. A batch that the store did not take is dropped: its entries come again.
 */
#include "scheduler/checks.h"

#include <stdlib.h>

#include "scheduler/exit_ip.h"
#include "scheduler/http_client.h"
#include "scheduler/sched_config.h"
#include "scheduler/sched_metrics.h"
#include "scheduler/upstream_ask.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/hash_map.h"
#include "shared/base/list.h"
#include "shared/base/log.h"
#include "shared/base/log_pace.h"
#include "shared/loop/loop.h"
#include "shared/model/proxy.h"
#include "shared/store/store.h"
#include "shared/store/store_jobs.h"
#include "shared/store/store_rotation.h"

enum {
	BATCH_MAX = 100,
	FLUSH_MS = 250,
	CHECK_CLAIM_MS = 15000,
};

struct check {
	struct checks *checks; /* borrowed */
	struct job job;
	struct list node;               /* one of the lists of checks */
	struct http_transfer *transfer; /* owned by the http client */
	enum { CHECK_QUEUED, CHECK_CLAIMING, CHECK_MEASURING, CHECK_MEASURED, CHECK_COMMITTING } state;
	bool good;
	int64_t latency_ms;
	struct proxy *proxy;         /* owned; NULL until claimed */
	char exit_ip[IP_TEXT_BYTES]; /* "" = not asked, or not understood */
};

struct batch {
	struct checks *checks;
	struct list committing; /* its checks */
};

struct checks {
	const struct sched_env *env; /* borrowed */
	struct list suspects;        /* queued, first */
	struct list queue;           /* queued */
	struct list running;         /* claiming, measuring */
	struct list measured;        /* waiting for the next flush */
	struct hash_map by_entry;    /* job.entry → check: every one we hold */
	size_t queued, running_count, measured_count, committing_count;
	struct loop_timer *flush; /* owned */
	struct log_pace unchecked, held;
};

static void start_next(struct checks *checks);

static void check_free(struct check *check)
{
	list_remove(&check->node);
	hash_map_remove(&check->checks->by_entry, slice_from_str(check->job.entry));
	proxy_free(check->proxy);
	free(check);
}

/* --- committing
 * ---------------------------------------------------------------------------------------------- */

static void say_held(struct checks *checks, uint64_t held)
{
	uint64_t left_out;

	if (log_pace_take(&checks->held, clock_now_ms(), &left_out))
		log_warning("most upstreams fail, which is rather our network or HEALTH_CHECK_URL: none is "
			    "replaced for it",
			log_uint("held", held), log_uint("left_out", left_out));
}

static void on_committed(const struct store_result *r, void *arg)
{
	struct batch *batch = arg;
	struct checks *checks = batch->checks;

	struct sched_metrics *metrics = checks->env->metrics;

	if (r->err)
		log_warning("results of checks were not taken, they come again", log_err(r->err));
	metrics->failures_queued += store_result_uint(r, "queued");
	metrics->failures_scheduled += store_result_uint(r, "scheduled");
	metrics->failures_held += store_result_uint(r, "held");
	if (store_result_uint(r, "held") > 0)
		say_held(checks, store_result_uint(r, "held"));
	list_each (node, &batch->committing) {
		checks->committing_count--;
		check_free(list_entry(node, struct check, node));
	}
	free(batch);
}

static void commit_batch(struct checks *checks)
{
	struct batch *batch = mem_zalloc(sizeof(*batch));
	struct store_check results[BATCH_MAX];
	size_t n = 0;

	batch->checks = checks;
	list_init(&batch->committing);
	while (n < BATCH_MAX && !list_empty(&checks->measured)) {
		struct check *check = list_entry(list_pop(&checks->measured), struct check, node);

		checks->measured_count--;
		checks->committing_count++;
		check->state = CHECK_COMMITTING;
		list_append(&batch->committing, &check->node);
		results[n++] = (struct store_check){
			.entry = slice_from_str(check->job.entry),
			.job = slice_from_str(check->job.name),
			.id = check->job.id,
			.verdict = check->good ? STORE_CHECK_GOOD : STORE_CHECK_BAD,
			.latency_ms = check->latency_ms,
			.message_id = check->good ? "" : "err.unhealthy",
			.exit_ip = slice_from_str(check->exit_ip),
		};
	}
	store_check_commit(checks->env->store, results, n, on_committed, batch);
}

static void on_flush(void *arg)
{
	struct checks *checks = arg;

	while (checks->measured_count > 0)
		commit_batch(checks);
}

static void measured(struct check *check, bool good, int64_t latency_ms)
{
	struct checks *checks = check->checks;

	check->state = CHECK_MEASURED;
	check->good = good;
	check->latency_ms = latency_ms;
	list_remove(&check->node);
	checks->running_count--;
	list_append(&checks->measured, &check->node);
	checks->measured_count++;
	if (good)
		checks->env->metrics->checks_good++;
	else
		checks->env->metrics->checks_bad++;
	if (checks->measured_count >= BATCH_MAX)
		loop_timer_start(checks->env->loop, checks->flush, 0);
	else if (checks->measured_count == 1)
		loop_timer_start(checks->env->loop, checks->flush, FLUSH_MS);
	start_next(checks);
}

/* Nothing to measure, or not now. */
static void check_drop(struct check *check)
{
	struct checks *checks = check->checks;

	checks->running_count--;
	check_free(check);
	start_next(checks);
}

/* --- measuring
 * ----------------------------------------------------------------------------------------------- */

static bool ask(struct check *check, const char *url, http_done_fn *done, struct err *err)
{
	check->transfer = upstream_ask(check->checks->env, check->proxy, url, done, check, err);
	return check->transfer != NULL;
}

static void on_exit_answer(const struct http_answer *answer, void *arg)
{
	struct check *check = arg;
	struct sched_metrics *metrics = check->checks->env->metrics;

	check->transfer = NULL;
	if (answer->outcome != HTTP_ANSWERED || answer->status != 200 ||
		!exit_ip_read(answer->body, check->exit_ip)) {
		metrics->exits_unread++;
		log_info("IP_CHECK_URL named no address", log_str("job", check->job.name),
			log_uint("http", answer->status), log_str("error", answer->err.msg));
	} else if (slice_eq_str(check->proxy->remote_ip, check->exit_ip)) {
		metrics->exits_as_told++;
	} else {
		metrics->exits_other++;
	}
	measured(check, true, check->latency_ms);
}

/* Once for each upstream, and when somebody asks. */
static bool wants_exit(const struct check *check)
{
	return check->checks->env->config->ip_check_url &&
	       (check->proxy->exit_ip_checked_at == 0 || check->job.reason == JOB_REASON_MANUAL);
}

static void on_answer(const struct http_answer *answer, void *arg)
{
	struct check *check = arg;
	struct err err;
	uint32_t status = answer->status ? answer->status : answer->proxy_status;
	/* A long answer that was cut off by our own limit is a good one: its head says all we want to know.
	 */
	bool whole = answer->outcome == HTTP_ANSWERED || answer->err.code == ERR_LIMIT;
	bool good = whole && status > 0 && status < 500 && status != 407;

	check->transfer = NULL;
	log_debug("upstream checked", log_str("job", check->job.name), log_uint("http", status),
		log_str("error", answer->err.msg), log_uint("ms", answer->latency_ms));
	/* 0 stands for "not measured" in the record. */
	check->latency_ms = answer->latency_ms > 0 ? (int64_t)answer->latency_ms : 1;
	if (good && wants_exit(check) &&
		ask(check, check->checks->env->config->ip_check_url, on_exit_answer, &err))
		return;
	measured(check, good, check->latency_ms);
}

static void on_finished(const struct store_result *r, void *arg)
{
	(void)arg;
	if (r->err)
		log_warning("a check was not put away, it comes again", log_err(r->err));
}

static void put_away(struct checks *checks, const struct job *job)
{
	checks->env->metrics->checks_skipped++;
	store_job_finish(checks->env->store, slice_from_str(job->entry), slice_from_str(job->name),
		SLICE_LIT("{\"outcome\":\"ok\"}"), on_finished, NULL);
}

/* Those that make it unhealthy are told at once; what is known to fail is told together, now and then. */
static void say_unchecked(const struct check *check, const struct err *err)
{
	uint64_t left_out;
	bool due = log_pace_take(&check->checks->unchecked, clock_now_ms(), &left_out),
	     news = check->proxy && check->proxy->status != PROXY_UNHEALTHY;

	if (due || news)
		log_warning("an upstream cannot be checked", log_str("job", check->job.name), log_err(err),
			log_uint("left_out", due ? left_out : 0));
}

static void on_claimed(const struct store_result *r, void *arg)
{
	struct check *check = arg;
	struct err err;

	if (r->status != STORE_CLAIMED) {
		check_drop(check); /* gone, paused, or the store is away: nothing to measure */
		return;
	}
	struct proxy *proxy = check->proxy = proxy_from_record(store_result_str(r, "record"), &err);
	if (proxy && proxy->remote_http.len == 0 && proxy->remote_socks5.len == 0) {
		put_away(check->checks, &check->job);
		check_drop(check);
	} else if (!proxy || !ask(check, check->checks->env->config->health_check_url, on_answer, &err)) {
		say_unchecked(check, &err);
		measured(check, false, 0);
	} else {
		check->state = CHECK_MEASURING;
	}
}

/* --- the queue
 * ----------------------------------------------------------------------------------------------- */

static void start_one(struct check *check)
{
	struct checks *checks = check->checks;
	const struct sched_env *env = checks->env;
	struct store_job_claim q = {
		.entry = slice_from_str(check->job.entry),
		.job = slice_from_str(check->job.name),
		.kind = slice_from_str(job_kind_text(check->job.kind)),
		.id = check->job.id,
		.slot = 0,
		.worker = slice_from_str(env->config->common.node_id),
		.gen = store_generation(env->store),
		.claim_ms = CHECK_CLAIM_MS,
	};

	check->state = CHECK_CLAIMING;
	list_append(&checks->running, &check->node);
	checks->running_count++;
	store_job_claim(env->store, &q, on_claimed, check);
}

static void start_next(struct checks *checks)
{
	while (checks->running_count < checks->env->config->check_concurrency && checks->queued > 0) {
		struct list *node = list_pop(&checks->suspects);

		if (!node)
			node = list_pop(&checks->queue);
		checks->queued--;
		start_one(list_entry(node, struct check, node));
	}
}

bool checks_has(const struct checks *checks, const struct job *job)
{
	return hash_map_find(&checks->by_entry, slice_from_str(job->entry)) != NULL;
}

void checks_add(struct checks *checks, const struct job *job)
{
	bool by_clock = job->reason == JOB_REASON_CLOCK,
	     awaited = !by_clock && job->reason != JOB_REASON_PROOF;

	/* Every check that waits is measured before its entry looks abandoned (15 s): at most one full round.
	 */
	if (!awaited && checks->queued >= checks->env->config->check_concurrency) {
		put_away(checks, job);
		return;
	}
	struct check *check = mem_zalloc(sizeof(*check));
	*check = (struct check){.checks = checks, .job = *job};
	ensure(hash_map_set(&checks->by_entry, slice_from_str(check->job.entry), check) == NULL);
	list_append(by_clock ? &checks->queue : &checks->suspects, &check->node);
	checks->queued++;
	start_next(checks);
}

struct checks *checks_new(const struct sched_env *env)
{
	struct checks *checks = mem_zalloc(sizeof(*checks));

	checks->env = env;
	list_init(&checks->suspects);
	list_init(&checks->queue);
	list_init(&checks->running);
	list_init(&checks->measured);
	hash_map_init(&checks->by_entry);
	checks->flush = loop_timer_new(env->loop, on_flush, checks);
	ensure(checks->flush);
	return checks;
}

static void free_all(struct list *list)
{
	list_each (node, list) {
		struct check *check = list_entry(node, struct check, node);

		http_transfer_cancel(check->transfer);
		check_free(check);
	}
}

void checks_stop(struct checks *checks)
{
	checks->queued = 0;
	free_all(&checks->suspects);
	free_all(&checks->queue);
}

size_t checks_running(const struct checks *checks)
{
	return checks->running_count + checks->measured_count + checks->committing_count;
}

void checks_free(struct checks *checks)
{
	if (!checks)
		return;
	free_all(&checks->suspects);
	free_all(&checks->queue);
	free_all(&checks->running);
	free_all(&checks->measured);
	hash_map_done(&checks->by_entry);
	loop_timer_free(checks->env->loop, checks->flush);
	free(checks);
}
