/*
 * rotate.c: one rotation: claim → calls as rotate_plan decides → commit or fail at the store. It talks to the
 * provider and the store through vendor_call, claim and outcome; what to do next is rotate_plan's.
 *
 *	rotate_start → claim_new → on_claimed → act ⇄ on_reply (vendor_call)
 *		→ outcome_commit | outcome_fail → on_told
 */
#include <stdlib.h>

#include "scheduler/claim.h"
#include "scheduler/outcome.h"
#include "scheduler/rotate_plan.h"
#include "scheduler/sched_metrics.h"
#include "scheduler/vendor_call.h"
#include "scheduler/work.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/loop/loop.h"
#include "shared/model/proxy.h"
#include "shared/store/store.h"

struct rotation {
	struct work *work;        /* borrowed: its owner is jobs.c */
	struct claim *claim;      /* owned */
	struct vendor_call *call; /* owned; NULL when none is under way */
	struct outcome *outcome;  /* owned; NULL until the end is told */
	struct loop_timer *delay; /* owned: before a call */
	struct rotate_plan plan;
	enum rotate_action next;   /* the call that `delay` leads to */
	enum failure_class failed; /* what the store is being told */
};

static void act(struct rotation *rot, struct rotate_decision decision);

static void rotation_free(struct rotation *rot)
{
	vendor_call_cancel(rot->call);
	outcome_cancel(rot->outcome);
	claim_free(rot->claim);
	loop_timer_free(rot->work->env->loop, rot->delay);
	rot->work->state = NULL;
	free(rot);
}

static void rotation_end(struct rotation *rot)
{
	struct work *work = rot->work;

	rotation_free(rot);
	work_end(work);
}

static void rotation_again(struct rotation *rot)
{
	struct work *work = rot->work;

	rotation_free(rot);
	work_again(work);
}

static void count(struct rotation *rot, enum rotation_result result)
{
	rot->work->env->metrics->rotations[result][rot->work->job.reason]++;
}

static void on_told(enum outcome_end end, enum outcome_same same, void *arg)
{
	struct rotation *rot = arg;

	rot->outcome = NULL;
	switch (end) {
	case OUTCOME_ACCEPTED:
		if (rot->failed)
			rot->work->env->metrics->rotation_failures[rot->failed][rot->work->job.reason]++;
		else
			count(rot, same == OUTCOME_SAME_IP ? ROTATION_RESULT_SAME_IP : ROTATION_RESULT_OK);
		break;
	case OUTCOME_ALREADY: count(rot, ROTATION_RESULT_ALREADY); break;
	case OUTCOME_STALE:
		/* Redis restarted between the vendor's answer and the commit. The old upstream is dead, so
		 * clients wait: claim again at once, and adopt what the vendor says now. */
		count(rot, ROTATION_RESULT_REFUSED);
		log_info("claiming again in the new generation", log_str("job", rot->work->job.name));
		rotation_again(rot);
		return;
	case OUTCOME_REFUSED:
		/* The vendor may now have another upstream than the store: the refusing script has armed a
		 * sync. */
		count(rot, ROTATION_RESULT_REFUSED);
		break;
	case OUTCOME_GONE: count(rot, ROTATION_RESULT_REFUSED); break;
	case OUTCOME_UNTOLD:
	case OUTCOME_END_COUNT: count(rot, ROTATION_RESULT_ABANDONED); break;
	}
	log_info("rotation ended", log_str("job", rot->work->job.name),
		log_str("result", rot->failed ? failure_class_text(rot->failed) : "OK"),
		log_str("store", outcome_end_text(end)));
	rotation_end(rot);
}

static void on_reply(const struct provider_reply *reply, uint64_t latency_ms, void *arg)
{
	struct rotation *rot = arg;

	(void)latency_ms;
	rot->call = NULL;
	act(rot, rotate_plan_next(&rot->plan, reply));
}

static void on_delay(void *arg)
{
	struct rotation *rot = arg;
	struct work *work = rot->work;
	const struct proxy *proxy = claim_proxy(rot->claim);
	struct vendor_request request = {
		.call = rot->next == ROTATE_CALL_NEW ? PROVIDER_NEW : PROVIDER_CURRENT,
		.proxy = proxy,
		.region = work->job.region[0] ? slice_from_str(work->job.region) : proxy->region,
		.send_before_ms = claim_deadline_ms(rot->claim),
		.job = work->job.name,
		.good_log = LOG_INFO,
	};

	rot->call = vendor_call_start(work->env, &request, on_reply, rot);
}

static void act(struct rotation *rot, struct rotate_decision decision)
{
	struct work *work = rot->work;

	switch (decision.action) {
	case ROTATE_CALL_NEW:
	case ROTATE_CALL_CURRENT:
		rot->next = decision.action;
		loop_timer_start(work->env->loop, rot->delay, decision.delay_ms);
		break;
	case ROTATE_COMMIT:
		rot->outcome =
			outcome_commit(work->env, &work->job, rot->claim, decision.reply, on_told, rot);
		break;
	case ROTATE_FAIL:
		rot->failed = decision.reply->class;
		rot->outcome = outcome_fail(
			work->env, &work->job, rot->claim, decision.reply, rot->plan.sent, on_told, rot);
		break;
	}
}

static void on_claimed(void *arg, enum claim_end end)
{
	struct rotation *rot = arg;

	if (end == CLAIM_UNSURE) {
		rotation_again(rot);
		return;
	}
	if (end != CLAIM_TAKEN) {
		rotation_end(rot);
		return;
	}
	const struct proxy *proxy = claim_proxy(rot->claim);
	struct rotate_before before = {proxy->remote_http, proxy->remote_socks5, proxy->provider_expires_at};
	act(rot, rotate_plan_begin(&rot->plan,
			 claim_was_attempted(rot->claim) ? ROTATE_ATTEMPTED : ROTATE_FIRST_TRY, &before));
}

static void on_claim_lost(void *arg)
{
	struct rotation *rot = arg;

	count(rot, ROTATION_RESULT_CLAIM_LOST);
	rotation_end(rot);
}

static const struct claim_ops claim_ops = {.taken = on_claimed, .lost = on_claim_lost};

static void rotate_start(struct work *work)
{
	struct rotation *rot = mem_zalloc(sizeof(*rot));

	rot->work = work;
	work->state = rot;
	rot->delay = loop_timer_new(work->env->loop, on_delay, rot);
	ensure(rot->delay);
	rot->claim = claim_new(work->env, &work->job, work->read_ms, &claim_ops, rot);
}

static void rotate_abandon(struct work *work)
{
	rotation_free(work->state);
}

const struct work_runner rotate_runner = {.start = rotate_start, .abandon = rotate_abandon};
