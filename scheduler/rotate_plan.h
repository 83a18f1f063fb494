/*
 * rotate_plan.h: what to do next in a rotation, decided from what the provider said. Pure: no calls, no
 * clock; rotate.c carries the decisions out. The rule behind every line: /new is never repeated while an
 * earlier one may have worked; /current tells. A whole rotation is
 *
 *	first try:          /new → commit
 *	answer lost, 5xx:   /new → /current until it differs from the record → commit;
 *	                    never differs → fail, "maybe sent"
 *	a former try died:  /current → differs → commit; same or nothing → /new
 *	cooldown:           /new → /current → differs (a fresh key, another tool) → commit; same → fail, wait
 */
#ifndef KP_SCHEDULER_ROTATE_PLAN_H
#define KP_SCHEDULER_ROTATE_PLAN_H

#include "scheduler/providers/provider.h"
#include "shared/store/store_rotation.h"

enum rotate_step {
	ROTATE_ASK_FIRST, /* /current, because a former claim of this slot may have sent /new */
	ROTATE_CHANGE,    /* /new */
	ROTATE_LEARN,     /* /current, because the answer to our /new did not come */
	ROTATE_ADOPT,     /* /current, because /new said "too early" */
};

enum rotate_action { ROTATE_CALL_NEW, ROTATE_CALL_CURRENT, ROTATE_COMMIT, ROTATE_FAIL };

/* What the record knew of the upstream before. */
struct rotate_before {
	struct slice http, socks5;
	int64_t provider_expires_at; /* 0 = not known */
};

struct rotate_plan {
	enum rotate_step step;
	struct rotate_before before; /* borrowed from the record */
	unsigned learned;            /* times that /current had nothing new */
	enum store_sent sent;        /* for rotation_fail */
	struct provider_reply cause; /* why we learn or adopt: the answer to /new */
};

struct rotate_decision {
	enum rotate_action action;
	uint32_t delay_ms; /* before a call */
	const struct provider_reply
		*reply; /* of COMMIT: the upstream; of FAIL: the cause. Lives in plan or argument */
};

enum rotate_history { ROTATE_FIRST_TRY, ROTATE_ATTEMPTED };

struct rotate_decision rotate_plan_begin(
	struct rotate_plan *plan, enum rotate_history history, const struct rotate_before *before);
struct rotate_decision rotate_plan_next(struct rotate_plan *plan, const struct provider_reply *reply);

#endif
