/* sched_metrics.h: what the scheduler counts. Plain counters, one thread; written where things happen,
 * printed by sched_metrics_write() for /metrics. */
#ifndef KP_SCHEDULER_SCHED_METRICS_H
#define KP_SCHEDULER_SCHED_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "scheduler/providers/provider.h"
#include "shared/model/job.h"
#include "shared/model/job_result.h"
#include "shared/model/notice.h"

struct metrics_writer;

/* How a rotation ended here: a class of failure, or one of these. */
#define ROTATION_RESULTS(X)                                                  \
	X(OK, "ok")                                                          \
	X(SAME_IP, "same_ip")       /* the provider gave the same address */ \
	X(ALREADY, "already")       /* an earlier try had committed it */    \
	X(REFUSED, "refused")       /* the store refused the commit */       \
	X(CLAIM_LOST, "claim_lost") /* another worker took over */           \
	X(ABANDONED, "abandoned")   /* the store could not be told; comes again */

#define X(name, text) ROTATION_RESULT_##name,
enum rotation_result { ROTATION_RESULTS(X) ROTATION_RESULT_COUNT };
#undef X

/* How a try to send a notice ended; the last one that failed is counted as given up as well. */
#define NOTICE_RESULTS(X)   \
	X(SENT, "sent")     \
	X(FAILED, "failed") \
	X(GIVEN_UP, "given_up")

#define X(name, text) NOTICE_RESULT_##name,
enum notice_result { NOTICE_RESULTS(X) NOTICE_RESULT_COUNT };
#undef X

enum { VENDOR_BUCKETS = 8, VENDOR_CALLS = 3 };

struct sched_metrics {
	uint64_t rotations[ROTATION_RESULT_COUNT][JOB_REASON_COUNT];
	uint64_t rotation_failures[FAILURE_CLASS_COUNT][JOB_REASON_COUNT];
	uint64_t jobs_read[JOB_KIND_COUNT];
	uint64_t jobs_running[JOB_KIND_COUNT]; /* gauge */
	uint64_t jobs_dead;
	uint64_t jobs_waiting; /* gauge: in the stream, as the leader's clock last saw it */
	uint64_t syncs_ok, syncs_failed;
	uint64_t checks_good, checks_bad, checks_skipped;
	uint64_t failures_queued, failures_scheduled, failures_held; /* what became of dead upstreams */
	uint64_t exits_as_told, exits_other, exits_unread;           /* what IP_CHECK_URL saw */
	uint64_t dispatched[JOB_KIND_COUNT];
	uint64_t notices[NOTICE_KIND_COUNT][NOTICE_RESULT_COUNT];
	uint64_t notices_failing; /* gauge: channels, as the leader's clock last saw it */
	uint64_t leading;         /* gauge: 0 or 1 */
	uint64_t leader_terms;
	uint64_t vendor_failures; /* gauge: calls in a row that no vendor answered as one does */
	uint64_t vendor_at_ms;    /* clock_now_ms() of the last answer, or of its absence; 0 = none yet */
	uint64_t vendor_answers[VENDOR_CALLS][FAILURE_CLASS_COUNT];
	uint64_t vendor_counts[VENDOR_CALLS][VENDOR_BUCKETS + 1];
	double vendor_seconds[VENDOR_CALLS];
};

void sched_metrics_vendor(
	struct sched_metrics *m, enum provider_call call, enum failure_class class, uint64_t latency_ms);
void sched_metrics_write(const struct sched_metrics *m, struct metrics_writer *w);

#endif
