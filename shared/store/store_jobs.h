/*
 * store_jobs.h: the work queue: the leader's clock fills it, every scheduler reads, claims and ends jobs.
 * How a claimed rotate or sync ends is in store_rotation.h.
 */
#ifndef KP_STORE_STORE_JOBS_H
#define KP_STORE_STORE_JOBS_H

#include "shared/store/store_op.h"

struct store_due_dispatch {
	struct slice leader_value;  /* lease_take's `value` */
	uint32_t limit;             /* at most so many jobs a call (1–5000) */
	uint32_t max_waiting;       /* no more when so many wait (10000) */
	uint64_t rearm_ms;          /* a dispatched id comes up again after this, should its job get lost */
	uint64_t check_interval_ms; /* 0: no checks */
	int64_t remind_until_ms;    /* reminders of keys that end, before this epoch ms, are due; 0: none */
};

/* OK rotate sync check notify(counts) notices_failing(channels) waiting next_in_ms now_ms | NOT_LEADER | FULL
 * waiting */
void store_due_dispatch(struct store *s, const struct store_due_dispatch *q, store_done_fn *done, void *arg);

/* Has up to 1000 proxies checked or synced (`kind`) soon: at once while fewer than direct_max jobs wait, the
 * others by the clock. OK started due skipped(counts) */
void store_due_hasten(struct store *s, const char *kind, uint32_t direct_max, const uint64_t *ids,
	size_t count, store_done_fn *done, void *arg);

/* Up to `count` (1–1000) jobs for this worker: first those of workers that are dead (not touched for
 * min_idle_ms), then new ones. Never blocks: ask again soon (50 ms) when there was none. What is no job goes
 * to `dead`. OK jobs(JSON array of {"entry","job","kind","id","slot","reason","by","region","queued_at",
 * "deliveries"}, all texts: job_from_fields() reads them) dead(how many were no jobs) */
void store_jobs_read(struct store *s, struct slice worker, uint32_t count, uint64_t min_idle_ms,
	store_done_fn *done, void *arg);

struct store_job_claim {
	struct slice entry, job, kind;
	uint64_t id, slot;
	struct slice worker;
	uint64_t gen;      /* the generation this program knows; STALE_GENERATION when another */
	uint64_t claim_ms; /* 30000 */
};

/* Before any provider call. attempted=1: a former claim of this slot may have sent /new: ask /current first.
 * CLAIMED fence attempted(0|1) record(JSON) settings(JSON) now_ms | DONE result | BUSY retry_in_ms | GONE |
 * SKIPPED reason | STALE_GENERATION. All but CLAIMED and STALE_GENERATION have ended the entry already. */
void store_job_claim(struct store *s, const struct store_job_claim *q, store_done_fn *done, void *arg);

/* OK | LOST (another holds the claim: stop, commit nothing) */
void store_job_renew(struct store *s, struct slice entry, struct slice worker, uint64_t id, uint64_t fence,
	uint64_t claim_ms, store_done_fn *done, void *arg);

/* Ends a job that holds no claim (release, a check that was not needed). result: JSON object text. OK */
void store_job_finish(struct store *s, struct slice entry, struct slice job, struct slice result,
	store_done_fn *done, void *arg);

/* A job delivered too often goes to `dead`, where people can see it. OK */
void store_job_dead(struct store *s, struct slice entry, struct slice job, uint64_t id, struct slice reason,
	uint32_t deliveries, store_done_fn *done, void *arg);

/* The stored result of a finished job (kept 60 s). OK result(JSON) | NOTHING */
void store_job_result(struct store *s, struct slice job, store_done_fn *done, void *arg);

#endif
