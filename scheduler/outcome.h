/*
 * outcome.h: telling the store how a claimed rotation or sync ended, again and again until it has answered: a
 * commit whose reply was lost may be repeated (the store knows the slot), and an upstream that is paid for
 * must not be lost to a restart of Redis. The claim is held meanwhile.
 */
#ifndef KP_SCHEDULER_OUTCOME_H
#define KP_SCHEDULER_OUTCOME_H

#include "scheduler/claim.h"
#include "scheduler/providers/provider.h"

struct outcome;

#define OUTCOME_ENDS(X)                                                             \
	X(ACCEPTED, "accepted") /* committed, or the failure noted */               \
	X(ALREADY, "already")   /* an earlier try had done it */                    \
	X(STALE, "stale")       /* the store began a new generation: claim again */ \
	X(REFUSED, "refused")   /* another worker has the word */                   \
	X(GONE, "gone")         /* the proxy was deleted */                         \
	X(UNTOLD, "untold")     /* the store did not answer for a minute */

#define X(name, text) OUTCOME_##name,
enum outcome_end { OUTCOME_ENDS(X) OUTCOME_END_COUNT };
#undef X

enum outcome_same { OUTCOME_OTHER_IP, OUTCOME_SAME_IP };

typedef void outcome_done_fn(enum outcome_end end, enum outcome_same same, void *arg);

/* `job` and `claim` are borrowed and outlive the outcome; `reply` is copied. Both tell `done` once, on the
 * loop. */
struct outcome *outcome_commit(const struct sched_env *env, const struct job *job, const struct claim *claim,
	const struct provider_reply *reply, outcome_done_fn *done, void *arg) MUST_CHECK;
struct outcome *outcome_fail(const struct sched_env *env, const struct job *job, const struct claim *claim,
	const struct provider_reply *reply, enum store_sent sent, outcome_done_fn *done,
	void *arg) MUST_CHECK;

const char *outcome_end_text(enum outcome_end end);

/* `done` never runs; NULL is fine. */
void outcome_cancel(struct outcome *outcome);

#endif
