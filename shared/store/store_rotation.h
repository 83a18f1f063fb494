/*
 * store_rotation.h: asking for a rotation, sync or check, and ending one. Requests come from api-node; the
 * ends (commit, fail) come from the scheduler that holds the claim (store_jobs.h).
 */
#ifndef KP_STORE_STORE_ROTATION_H
#define KP_STORE_STORE_ROTATION_H

#include "shared/store/store_op.h"

enum store_when { STORE_WHEN_NOW, STORE_WHEN_ALLOWED };

/* Puts a job on the queue, or joins the one in work. kind: "rotate", "sync", "check". region: for this
 * rotation only, empty = the record's.
 * QUEUED job | JOINED job | SCHEDULED at_ms retry_in_ms | COOLDOWN retry_in_ms at_ms provider | NOT_FOUND |
 * PAUSED | STATIC | INVALID field */
struct store_rotation_request {
	uint64_t id;
	const char *kind;
	struct slice actor;
	struct slice region;
	enum store_when when;
};
void store_rotation_request(
	struct store *s, const struct store_rotation_request *q, store_done_fn *done, void *arg);

/* Asks for a request through the proxy's own endpoint. way: of endpoint.h; target: "http://host:port", where
 * the fleet says that endpoint is. QUEUED job | NOT_FOUND */
void store_probe_request(struct store *s, uint64_t id, struct slice actor, const char *way,
	struct slice target, store_done_fn *done, void *arg);

/* Takes back a scheduled rotation. OK version | NOTHING | NOT_FOUND */
void store_rotation_cancel(struct store *s, uint64_t id, struct slice actor, store_done_fn *done, void *arg);

/* What the holder of a claim must show to end its job. All from job_claim's answer and the job entry. */
struct store_claim {
	struct slice entry; /* stream id of the job's entry */
	struct slice job;   /* job name */
	uint64_t id;        /* proxy */
	uint64_t slot;      /* rotate only */
	uint64_t fence;
	uint64_t gen;
};

/* What the provider answered. Durations count from its answer's own timestamp, less the answer's age.
 * fields: remote_http remote_socks5 remote_user remote_password remote_ip location ttl ttc
 * provider_expires_at by */
struct store_upstream {
	int64_t expires_in_ms;
	int64_t next_change_in_ms;
	struct store_fields fields;
};

/* Whether the vendor may have changed the upstream although we have no answer. */
enum store_sent { STORE_NOT_SENT = 0, STORE_MAYBE_SENT = 1 };

struct store_failure {
	const char *class_name;    /* INVALID_KEY EXPIRED_KEY NOT_ASSIGNED COOLDOWN NO_STOCK RATE_LIMITED
				      TRANSIENT FIREWALL NOT_OFFERED */
	int64_t retry_in_ms;       /* the vendor's wish; 0: the script's own backoff */
	int64_t next_change_in_ms; /* 0: unknown */
	const char *message_id;
	struct slice params;           /* JSON object text; empty = {} */
	struct slice provider_message; /* the vendor's words, trimmed to 300 bytes by the script */
	enum store_sent sent;
};

/* COMMITTED version result same_ip | ALREADY result | SUPERSEDED | STALE_FENCE | STALE_GENERATION | GONE */
void store_rotation_commit(struct store *s, const struct store_claim *claim, const struct store_upstream *up,
	store_done_fn *done, void *arg);

/* OK ended(0|1) deleted(0|1) result | ALREADY result | SUPERSEDED | STALE_FENCE | STALE_GENERATION | GONE */
void store_rotation_fail(struct store *s, const struct store_claim *claim, const struct store_failure *f,
	store_done_fn *done, void *arg);

/* COMMITTED version changed(0|1) result | STALE_FENCE | STALE_GENERATION | GONE */
void store_sync_commit(struct store *s, const struct store_claim *claim, const struct store_upstream *up,
	store_done_fn *done, void *arg);

/* OK result | STALE_FENCE | STALE_GENERATION | GONE */
void store_sync_fail(struct store *s, const struct store_claim *claim, const struct store_failure *f,
	store_done_fn *done, void *arg);

/* One finished check through an upstream. */
struct store_check {
	struct slice entry; /* empty: the check came from no job */
	struct slice job;
	uint64_t id;
	enum { STORE_CHECK_BAD = 0, STORE_CHECK_GOOD = 1 } verdict;
	int64_t latency_ms;
	const char *message_id; /* of a bad one; "" otherwise */
	struct slice exit_ip;   /* that a page saw; empty: not asked */
};

/* Commits up to 100 checks in one transaction.
 * OK changed queued scheduled held(rotations of dead upstreams) | INVALID field */
void store_check_commit(
	struct store *s, const struct store_check *checks, size_t count, store_done_fn *done, void *arg);

#endif
