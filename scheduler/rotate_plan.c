/* rotate_plan.c: see rotate_plan.h. */
#include "scheduler/rotate_plan.h"

/* How long /current is asked after a lost answer: a vendor that did the work shows it at once, one that is
 * slow to do it within seconds. The claim is renewed meanwhile. */
static const uint32_t learn_delays_ms[] = {100, 500, 1000, 2000};

static struct rotate_decision call_new(struct rotate_plan *plan)
{
	plan->step = ROTATE_CHANGE;
	return (struct rotate_decision){.action = ROTATE_CALL_NEW};
}

static struct rotate_decision call_current(struct rotate_plan *plan, enum rotate_step step, uint32_t delay_ms)
{
	plan->step = step;
	return (struct rotate_decision){.action = ROTATE_CALL_CURRENT, .delay_ms = delay_ms};
}

static struct rotate_decision commit(const struct provider_reply *reply)
{
	return (struct rotate_decision){.action = ROTATE_COMMIT, .reply = reply};
}

static struct rotate_decision fail(
	struct rotate_plan *plan, const struct provider_reply *cause, enum store_sent sent)
{
	plan->sent = sent;
	return (struct rotate_decision){.action = ROTATE_FAIL, .reply = cause};
}

/* Another upstream than the record's, or the same address with a new life ("the same IP again")? */
static bool differs(const struct rotate_before *before, const struct provider_reply *reply)
{
	int64_t expires_at;

	if (!slice_eq_str(before->http, reply->http) || !slice_eq_str(before->socks5, reply->socks5))
		return true;
	return before->provider_expires_at != 0 &&
	       slice_parse_i64(slice_from_str(reply->expires_at), &expires_at) && expires_at > 0 &&
	       expires_at != before->provider_expires_at;
}

static bool nothing_new(const struct rotate_plan *plan, const struct provider_reply *reply)
{
	return reply->class == FAILURE_NOT_ASSIGNED ||
	       (reply->class == FAILURE_NONE && !differs(&plan->before, reply));
}

static bool key_refused(const struct provider_reply *reply)
{
	return reply->class == FAILURE_INVALID_KEY || reply->class == FAILURE_EXPIRED_KEY;
}

/* The vendor did assign something, but what it names is nothing we would dial. */
static bool done_but_refused(const struct provider_reply *reply)
{
	return reply->class != FAILURE_NONE && reply->effect == EFFECT_DONE;
}

struct rotate_decision rotate_plan_begin(
	struct rotate_plan *plan, enum rotate_history history, const struct rotate_before *before)
{
	*plan = (struct rotate_plan){.before = *before, .sent = STORE_NOT_SENT};
	if (history == ROTATE_FIRST_TRY)
		return call_new(plan);
	plan->sent = STORE_MAYBE_SENT;
	return call_current(plan, ROTATE_ASK_FIRST, 0);
}

static struct rotate_decision after_ask_first(struct rotate_plan *plan, const struct provider_reply *reply)
{
	/* Where nobody can be asked, another /new is the only way on; the vendor's cooldown limits its harm.
	 */
	if (nothing_new(plan, reply) || done_but_refused(reply) || reply->class == FAILURE_NOT_OFFERED)
		return call_new(plan);
	if (reply->class == FAILURE_NONE)
		return commit(reply);
	return fail(plan, reply, STORE_MAYBE_SENT);
}

static struct rotate_decision after_change(struct rotate_plan *plan, const struct provider_reply *reply)
{
	if (reply->class == FAILURE_NONE)
		return commit(reply);
	plan->cause = *reply;
	if (reply->class == FAILURE_COOLDOWN)
		return call_current(plan, ROTATE_ADOPT, 0);
	if (reply->effect == EFFECT_UNKNOWN) {
		plan->sent = STORE_MAYBE_SENT;
		return call_current(plan, ROTATE_LEARN, learn_delays_ms[0]);
	}
	return fail(plan, &plan->cause, reply->effect == EFFECT_DONE ? STORE_MAYBE_SENT : STORE_NOT_SENT);
}

static struct rotate_decision after_learn(struct rotate_plan *plan, const struct provider_reply *reply)
{
	if (reply->class == FAILURE_NONE && differs(&plan->before, reply))
		return commit(reply);
	if (key_refused(reply) || done_but_refused(reply))
		return fail(plan, reply, STORE_MAYBE_SENT);
	if (reply->class == FAILURE_NOT_OFFERED)
		return fail(plan, &plan->cause, STORE_MAYBE_SENT);
	if (++plan->learned < ARRAY_LEN(learn_delays_ms))
		return call_current(plan, ROTATE_LEARN, learn_delays_ms[plan->learned]);
	return fail(plan, &plan->cause, STORE_MAYBE_SENT);
}

static struct rotate_decision after_adopt(struct rotate_plan *plan, const struct provider_reply *reply)
{
	if (reply->class == FAILURE_NONE && differs(&plan->before, reply))
		return commit(reply);
	if (key_refused(reply))
		return fail(plan, reply, STORE_NOT_SENT);
	/* /current knows the end of the cooldown to the millisecond; a text only to the second. */
	if (reply->class == FAILURE_NONE && reply->next_change_in_ms > 0)
		plan->cause.retry_in_ms = reply->next_change_in_ms;
	return fail(plan, &plan->cause, STORE_NOT_SENT);
}

struct rotate_decision rotate_plan_next(struct rotate_plan *plan, const struct provider_reply *reply)
{
	switch (plan->step) {
	case ROTATE_ASK_FIRST: return after_ask_first(plan, reply);
	case ROTATE_CHANGE: return after_change(plan, reply);
	case ROTATE_LEARN: return after_learn(plan, reply);
	case ROTATE_ADOPT: return after_adopt(plan, reply);
	}
	return fail(plan, reply, plan->sent);
}
