/* sched_metrics.c: see sched_metrics.h. */
#include "scheduler/sched_metrics.h"

#include "shared/admin/metrics_writer.h"
#include "shared/base/clock.h"

static const double vendor_bounds[VENDOR_BUCKETS] = {0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15};
static const char *const result_texts[ROTATION_RESULT_COUNT] = {
#define X(name, text) text,
	ROTATION_RESULTS(X)
#undef X
};

void sched_metrics_vendor(
	struct sched_metrics *m, enum provider_call call, enum failure_class class, uint64_t latency_ms)
{
	double seconds = (double)latency_ms / 1000;
	size_t bucket = 0;

	while (bucket < VENDOR_BUCKETS && seconds > vendor_bounds[bucket])
		bucket++;
	m->vendor_counts[call][bucket]++;
	m->vendor_seconds[call] += seconds;
	m->vendor_answers[call][class]++;
	m->vendor_at_ms = clock_now_ms();
	if (class == FAILURE_TRANSIENT || class == FAILURE_FIREWALL)
		m->vendor_failures++;
	else
		m->vendor_failures = 0; /* a refusal is an answer, too */
}

static const char *class_label(enum failure_class class)
{
	return class == FAILURE_NONE ? "ok" : failure_class_text(class);
}

static void write_rotations(const struct sched_metrics *m, struct metrics_writer *w)
{
	metrics_begin(w, "kiotproxy_scheduler_rotations_total", METRIC_COUNTER,
		"Rotations ended here, by result and reason");
	for (int reason = 0; reason < JOB_REASON_COUNT; reason++) {
		const char *reason_text = job_reason_text((enum job_reason)reason);

		for (int i = 0; i < ROTATION_RESULT_COUNT; i++)
			metrics_uint(w,
				METRIC_LABELS(METRIC_LABEL("result", result_texts[i]),
					METRIC_LABEL("reason", reason_text)),
				m->rotations[i][reason]);
		for (int i = FAILURE_NONE + 1; i < FAILURE_CLASS_COUNT; i++)
			metrics_uint(w,
				METRIC_LABELS(METRIC_LABEL("result", class_label((enum failure_class)i)),
					METRIC_LABEL("reason", reason_text)),
				m->rotation_failures[i][reason]);
	}
}

static void write_vendor(const struct sched_metrics *m, struct metrics_writer *w)
{
	metrics_begin(w, "kiotproxy_scheduler_provider_answers_total", METRIC_COUNTER,
		"Calls to the provider, by what the answer meant");
	for (int call = 0; call < VENDOR_CALLS; call++)
		for (int i = 0; i < FAILURE_CLASS_COUNT; i++)
			metrics_uint(w,
				METRIC_LABELS(
					METRIC_LABEL("call", provider_call_text((enum provider_call)call)),
					METRIC_LABEL("class", class_label((enum failure_class)i))),
				m->vendor_answers[call][i]);
	metrics_begin(w, "kiotproxy_scheduler_provider_latency_seconds", METRIC_HISTOGRAM,
		"Time of a call to the provider");
	for (int call = 0; call < VENDOR_CALLS; call++) {
		struct metric_histogram h = {
			vendor_bounds, m->vendor_counts[call], VENDOR_BUCKETS, m->vendor_seconds[call]};

		metrics_histogram(w,
			METRIC_LABELS(METRIC_LABEL("call", provider_call_text((enum provider_call)call))),
			&h);
	}
}

static void write_by_kind(struct metrics_writer *w, const char *name, enum metric_type type, const char *help,
	const uint64_t values[JOB_KIND_COUNT])
{
	metrics_begin(w, name, type, help);
	for (int i = 0; i < JOB_KIND_COUNT; i++)
		metrics_uint(
			w, METRIC_LABELS(METRIC_LABEL("kind", job_kind_text((enum job_kind)i))), values[i]);
}

static void write_one(
	struct metrics_writer *w, const char *name, enum metric_type type, const char *help, uint64_t value)
{
	metrics_begin(w, name, type, help);
	metrics_uint(w, METRIC_NO_LABELS, value);
}

static void write_notices(const struct sched_metrics *m, struct metrics_writer *w)
{
	static const char *const results[NOTICE_RESULT_COUNT] = {
#define X(name, text) text,
		NOTICE_RESULTS(X)
#undef X
	};

	metrics_begin(w, "kiotproxy_scheduler_notices_total", METRIC_COUNTER,
		"Tries to send a notice from here, by kind of channel and result");
	for (int kind = 0; kind < NOTICE_KIND_COUNT; kind++)
		for (int i = 0; i < NOTICE_RESULT_COUNT; i++)
			metrics_uint(w,
				METRIC_LABELS(METRIC_LABEL("kind", notice_kind_text((enum notice_kind)kind)),
					METRIC_LABEL("result", results[i])),
				m->notices[kind][i]);
	write_one(w, "kiotproxy_scheduler_notice_channels_failing", METRIC_GAUGE,
		"Channels that cannot be told anything now, as this leader last saw it", m->notices_failing);
}

/* What came of checks. */
static void write_found(const struct sched_metrics *m, struct metrics_writer *w)
{
	metrics_begin(w, "kiotproxy_scheduler_failure_rotations_total", METRIC_COUNTER,
		"Dead upstreams found: replaced at once, at the first allowed moment, or held because most fail");
	metrics_uint(w, METRIC_LABELS(METRIC_LABEL("result", "queued")), m->failures_queued);
	metrics_uint(w, METRIC_LABELS(METRIC_LABEL("result", "scheduled")), m->failures_scheduled);
	metrics_uint(w, METRIC_LABELS(METRIC_LABEL("result", "held")), m->failures_held);
	metrics_begin(w, "kiotproxy_scheduler_exit_checks_total", METRIC_COUNTER,
		"Addresses that IP_CHECK_URL saw: as the provider told, another one, none that could be read");
	metrics_uint(w, METRIC_LABELS(METRIC_LABEL("result", "as_told")), m->exits_as_told);
	metrics_uint(w, METRIC_LABELS(METRIC_LABEL("result", "other")), m->exits_other);
	metrics_uint(w, METRIC_LABELS(METRIC_LABEL("result", "unread")), m->exits_unread);
}

void sched_metrics_write(const struct sched_metrics *m, struct metrics_writer *w)
{
	write_rotations(m, w);
	write_vendor(m, w);
	write_by_kind(w, "kiotproxy_scheduler_jobs_read_total", METRIC_COUNTER, "Jobs taken from the queue",
		m->jobs_read);
	write_by_kind(
		w, "kiotproxy_scheduler_jobs_running", METRIC_GAUGE, "Jobs in work here", m->jobs_running);
	write_by_kind(w, "kiotproxy_scheduler_dispatched_total", METRIC_COUNTER,
		"Jobs made by this leader's clock", m->dispatched);
	write_one(w, "kiotproxy_scheduler_jobs_waiting", METRIC_GAUGE,
		"Jobs in the queue, as this leader last saw it", m->jobs_waiting);
	write_one(w, "kiotproxy_scheduler_jobs_dead_total", METRIC_COUNTER,
		"Jobs given up after too many deliveries, or that were none", m->jobs_dead);
	metrics_begin(
		w, "kiotproxy_scheduler_syncs_total", METRIC_COUNTER, "Syncs with the provider, by result");
	metrics_uint(w, METRIC_LABELS(METRIC_LABEL("result", "ok")), m->syncs_ok);
	metrics_uint(w, METRIC_LABELS(METRIC_LABEL("result", "error")), m->syncs_failed);
	metrics_begin(
		w, "kiotproxy_scheduler_checks_total", METRIC_COUNTER, "Checks of upstreams, by result");
	metrics_uint(w, METRIC_LABELS(METRIC_LABEL("result", "good")), m->checks_good);
	metrics_uint(w, METRIC_LABELS(METRIC_LABEL("result", "bad")), m->checks_bad);
	metrics_uint(w, METRIC_LABELS(METRIC_LABEL("result", "skipped")), m->checks_skipped);
	write_found(m, w);
	write_notices(m, w);
	write_one(w, "kiotproxy_scheduler_leader", METRIC_GAUGE, "1 while this scheduler leads", m->leading);
	write_one(w, "kiotproxy_scheduler_leader_terms_total", METRIC_COUNTER,
		"Times this scheduler became leader", m->leader_terms);
}
