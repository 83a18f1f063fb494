/*
 * leader.c: see leader.h. FOLLOWING tries to take the lease twice a second; LEADING renews it each third of
 * its length and gives up by its own clock (lease_timing.h). What it gives up may live on at the store, even
 * be prolonged by a renewal that was on its way: it is given back before anything else, so that nobody waits
 * for its end. One operation is under way at a time.
 */
#include "scheduler/leader.h"

#include <stdio.h>
#include <stdlib.h>

#include "scheduler/lease_timing.h"
#include "scheduler/sched_config.h"
#include "scheduler/sched_metrics.h"
#include "shared/base/backoff.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/crypto/random.h"
#include "shared/loop/loop.h"
#include "shared/store/store.h"
#include "shared/store/store_lease.h"

enum { TAKE_EVERY_MS = 450, TAKE_JITTER_MS = 100, TOKEN_CHARS = 22, VALUE_BYTES = 320 };

struct leader {
	const struct sched_env *env; /* borrowed */
	struct lease_timing timing;
	struct loop_timer *timer; /* owned: the next try or renewal */
	struct loop_timer *watch; /* owned: the moment to give up */
	uint64_t asked_ms;        /* start of the operation under way */
	bool waiting;             /* one is */
	bool owed; /* not held any more, but `value` may still be the store's: to be released */
	enum { LEADER_RUNNING, LEADER_RELEASING, LEADER_STOPPED } state;
	char value[VALUE_BYTES]; /* as lease_take gave it */
};

static void next_try(struct leader *leader)
{
	uint64_t delay_ms = TAKE_EVERY_MS + jitter_below(TAKE_JITTER_MS);

	if (leader->state != LEADER_RUNNING)
		return;
	if (leader->timing.held)
		delay_ms = lease_timing_renew_in_ms(&leader->timing, clock_now_ms());
	else if (leader->owed && store_is_up(leader->env->store))
		delay_ms = 0;
	loop_timer_start(leader->env->loop, leader->timer, delay_ms);
}

void leader_step_down(struct leader *leader, const char *why)
{
	if (!leader->timing.held)
		return;
	lease_timing_end(&leader->timing);
	leader->owed = true;
	leader->env->metrics->leading = 0;
	loop_timer_stop(leader->env->loop, leader->watch);
	log_notice("leading no more", log_str("why", why));
	if (!leader->waiting)
		next_try(leader);
}

bool leader_leads(struct leader *leader)
{
	if (leader->timing.held && !lease_timing_leads(&leader->timing, clock_now_ms()))
		leader_step_down(leader, "the lease was not renewed in time");
	return leader->timing.held;
}

struct slice leader_value(const struct leader *leader)
{
	return slice_from_str(leader->value);
}

static void on_watch(void *arg)
{
	leader_leads(arg);
}

static void lease_is_good(struct leader *leader)
{
	lease_timing_good(&leader->timing, leader->asked_ms);
	/* One more, because the loop's timer may be a millisecond early. */
	loop_timer_start(
		leader->env->loop, leader->watch, lease_timing_left_ms(&leader->timing, clock_now_ms()) + 1);
}

/* --- releasing
 * ----------------------------------------------------------------------------------------------- */

static void on_released(const struct store_result *r, void *arg)
{
	struct leader *leader = arg;

	leader->waiting = false;
	leader->owed = r->status == STORE_LOST && leader->state == LEADER_RUNNING;
	log_info("lease given back", log_str("status", store_status_text(r->status)));
	if (leader->state == LEADER_RUNNING)
		next_try(leader);
	else
		leader->state = LEADER_STOPPED;
}

static void release(struct leader *leader)
{
	leader->waiting = true;
	store_lease_release(leader->env->store, leader_value(leader), on_released, leader);
}

/* Nothing is under way any more, and we were told to stop. */
static void stop_now(struct leader *leader)
{
	leader_step_down(leader, "stopping");
	if (leader->owed && store_is_up(leader->env->store))
		release(leader);
	else
		leader->state = LEADER_STOPPED;
}

/* --- taking and renewing
 * ------------------------------------------------------------------------------------- */

static void on_taken(const struct store_result *r, void *arg)
{
	struct leader *leader = arg;

	leader->waiting = false;
	if (r->status == STORE_TAKEN &&
		slice_copy(store_result_str(r, "value"), leader->value, VALUE_BYTES)) {
		lease_is_good(leader);
		leader->owed = false;
		leader->env->metrics->leading = 1;
		leader->env->metrics->leader_terms++;
		log_notice("leading", log_uint("epoch", store_result_uint(r, "epoch")));
	}
	if (leader->state == LEADER_RELEASING)
		stop_now(leader);
	else
		next_try(leader);
}

static void on_renewed(const struct store_result *r, void *arg)
{
	struct leader *leader = arg;

	leader->waiting = false;
	if (leader->timing.held) {
		if (r->status == STORE_OK)
			lease_is_good(leader);
		else if (r->status == STORE_CLAIM_LOST)
			leader_step_down(leader, "the lease is somebody else's");
	}
	if (r->status == STORE_CLAIM_LOST)
		leader->owed = false;
	if (leader->state == LEADER_RELEASING) {
		stop_now(leader);
	} else if (leader->timing.held && r->status != STORE_OK) {
		/* No answer: again soon, while there is time. */
		loop_timer_start(leader->env->loop, leader->timer, TAKE_JITTER_MS);
	} else {
		next_try(leader);
	}
}

static void on_due(void *arg)
{
	struct leader *leader = arg;
	char token[TOKEN_CHARS + 1];

	if (leader->waiting || leader->state != LEADER_RUNNING)
		return;
	if (!store_is_up(leader->env->store)) {
		leader_leads(leader);
		loop_timer_start(leader->env->loop, leader->timer, TAKE_EVERY_MS);
		return;
	}
	if (!leader_leads(leader) && leader->owed) {
		release(leader);
		return;
	}
	leader->waiting = true;
	leader->asked_ms = clock_now_ms();
	if (leader->timing.held) {
		store_lease_renew(leader->env->store, leader_value(leader), leader->timing.lease_ms,
			on_renewed, leader);
		return;
	}
	random_text(token, TOKEN_CHARS, "abcdefghijklmnopqrstuvwxyz0123456789");
	store_lease_take(leader->env->store, slice_from_str(leader->env->config->common.node_id),
		slice_from_str(token), leader->timing.lease_ms, on_taken, leader);
}

struct leader *leader_new(const struct sched_env *env)
{
	struct leader *leader = mem_zalloc(sizeof(*leader));

	leader->env = env;
	leader->timing.lease_ms = env->config->lease_ms;
	leader->timer = loop_timer_new(env->loop, on_due, leader);
	leader->watch = loop_timer_new(env->loop, on_watch, leader);
	ensure(leader->timer && leader->watch);
	loop_timer_start(env->loop, leader->timer, 0);
	return leader;
}

void leader_stop(struct leader *leader)
{
	if (leader->state != LEADER_RUNNING)
		return;
	leader->state = LEADER_RELEASING;
	loop_timer_stop(leader->env->loop, leader->timer);
	if (!leader->waiting)
		stop_now(leader);
}

bool leader_idle(const struct leader *leader)
{
	return leader->state == LEADER_STOPPED;
}

void leader_free(struct leader *leader)
{
	if (!leader)
		return;
	loop_timer_free(leader->env->loop, leader->timer);
	loop_timer_free(leader->env->loop, leader->watch);
	free(leader);
}
