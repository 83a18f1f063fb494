/*
 * claim.h: the right to work on one proxy: taken before any call to the provider, renewed while the work goes
 * on, shown (fence, generation) when it ends. Used by rotate, sync and release. Safety rests on the fence at
 * the store; what this adds is to stop early when the right is gone.
 */
#ifndef KP_SCHEDULER_CLAIM_H
#define KP_SCHEDULER_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

#include "scheduler/sched_env.h"
#include "shared/model/job.h"
#include "shared/store/store_rotation.h"

struct claim;
struct proxy;

/* An entry of the queue that nobody has touched for so long is taken over by another worker, and with it the
 * claim. */
enum { CLAIM_IDLE_MS = 15000 };

enum claim_end {
	CLAIM_TAKEN,
	CLAIM_NOT_OURS, /* the job was done, joined, gone or skipped: the store has ended the entry */
	CLAIM_UNSURE,   /* the store did not answer, or is of another generation: ask again */
	CLAIM_FAILED,   /* the record cannot be read: the entry comes again */
};

struct claim_ops {
	/* Once; after CLAIM_TAKEN the getters below hold. */
	void (*taken)(void *arg, enum claim_end end);
	/* Another worker has the claim now. At most once, after CLAIM_TAKEN: stop, tell the store nothing. */
	void (*lost)(void *arg);
};

/* `job` is borrowed and outlives the claim; read_ms: clock_now_ms() before its entry was read. */
struct claim *claim_new(const struct sched_env *env, const struct job *job, uint64_t read_ms,
	const struct claim_ops *ops, void *arg) MUST_CHECK;
/* Stops renewing; no callback comes after. NULL is fine. */
void claim_free(struct claim *claim);

const struct proxy *claim_proxy(const struct claim *claim); /* the record when the claim was taken */
bool claim_was_attempted(const struct claim *claim); /* an earlier claim of the slot may have sent /new */
struct store_claim claim_proof(const struct claim *claim); /* texts borrowed from the job */

/* clock_now_ms() until which nobody else can have taken over: no call that changes something is sent after
 * it. */
uint64_t claim_deadline_ms(const struct claim *claim);

#endif
