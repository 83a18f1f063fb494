/*
 * job.h: one entry of the stream `jobs`: work for whichever scheduler reads it first. A plain value with its
 * texts inside, because a worker keeps it while it waits for the provider.
 */
#ifndef KP_MODEL_JOB_H
#define KP_MODEL_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/compiler.h"
#include "shared/base/err.h"
#include "shared/base/slice.h"

enum {
	JOB_ENTRY_BYTES = 48,
	JOB_NAME_BYTES = 80,
	JOB_BY_BYTES = 160,
	JOB_REGION_BYTES = 16,
	JOB_WAY_BYTES = 16,
	JOB_TARGET_BYTES = 400
};

#define JOB_KINDS(X)                                                                      \
	X(ROTATE, "rotate")   /* ask the provider for a new upstream */                   \
	X(SYNC, "sync")       /* read what the provider says is assigned, and adopt it */ \
	X(CHECK, "check")     /* a request through the upstream */                        \
	X(RELEASE, "release") /* give the upstream back: the proxy was deleted */         \
	X(NOTIFY, "notify")   /* send a channel what it has to tell */                    \
	X(PROBE, "probe")     /* a request through the proxy's own endpoint */

#define JOB_REASONS(X)                                                       \
	X(CLOCK, "clock")         /* it was due */                           \
	X(MANUAL, "manual")       /* a person pressed the button */          \
	X(CREATE, "create")       /* the first upstream of a new proxy */    \
	X(SCHEDULED, "scheduled") /* asked for during a cooldown */          \
	X(SUSPECT, "suspect")     /* a relay could not reach the upstream */ \
	X(API, "api")             /* a program asked */                      \
	X(FAILURE, "failure")     /* the upstream is confirmed dead */       \
	X(PROOF, "proof")         /* of a new upstream: is it alive? */

#define X(name, text) JOB_##name,
enum job_kind { JOB_KINDS(X) JOB_KIND_COUNT };
#undef X
#define X(name, text) JOB_REASON_##name,
enum job_reason { JOB_REASONS(X) JOB_REASON_COUNT };
#undef X

struct job {
	enum job_kind kind;
	enum job_reason reason;
	uint64_t id;                   /* the proxy; of a notify: the channel */
	uint64_t slot;                 /* rotations: which one; else 0 */
	int64_t queued_at;             /* epoch ms of Redis' clock */
	char entry[JOB_ENTRY_BYTES];   /* stream id */
	char name[JOB_NAME_BYTES];     /* "rotate-7-3" */
	char by[JOB_BY_BYTES];         /* who asked, as actor.h writes it; "" = the clock */
	char region[JOB_REGION_BYTES]; /* of this job only; "" = the proxy's */
	char way[JOB_WAY_BYTES];       /* probes: as endpoint.h names it */
	char target[JOB_TARGET_BYTES]; /* probes: "http://host:port" of the endpoint */
};

const char *job_kind_text(enum job_kind kind);
bool job_kind_parse(struct slice text, enum job_kind *ret_kind) MUST_CHECK;
const char *job_reason_text(enum job_reason reason);
bool job_reason_parse(struct slice text, enum job_reason *ret_reason) MUST_CHECK;

/* From a stream entry: its id and field_count slices name, value, name, value, … Unknown fields are ignored;
 * job, kind and id must be there, and slot for a rotation. */
bool job_from_fields(struct slice entry, const struct slice *fields, size_t field_count, struct job *ret_job,
	struct err *err) MUST_CHECK;

#endif
