/* clock.c: see clock.h. A tick is due_dispatch, then settings_rearm; the next one starts after both have
 * answered. */
#include "scheduler/clock.h"

#include <stdlib.h>

#include "scheduler/leader.h"
#include "scheduler/notices/remind_time.h"
#include "scheduler/sched_config.h"
#include "scheduler/sched_metrics.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/loop/loop.h"
#include "shared/store/store.h"
#include "shared/store/store_jobs.h"
#include "shared/store/store_settings.h"

enum {
	TICK_MS = 250,
	REARM_NEXT_MS = 50,        /* between two walks of those: 1000 proxies in 250 ms */
	TICK_MIN_MS = 20,          /* when something is due sooner */
	DISPATCH_MAX = 1000,       /* jobs a tick */
	WAITING_MAX = 10000,       /* jobs in the queue: above it nothing is added */
	DISPATCH_REARM_MS = 60000, /* a job that got lost comes up again after this */
	REARM_IDS = 200,           /* proxies a tick that get a new due time */
};

struct due_clock {
	const struct sched_env *env; /* borrowed */
	struct leader *leader;       /* borrowed */
	struct loop_timer *timer;    /* owned */
	uint32_t next_ms;            /* until the next tick */
	bool was_full;               /* said so already */
	int64_t store_now_ms;        /* epoch, by the store's clock, as of the last tick; 0 = none yet */
};

static void tick_end(struct due_clock *clock)
{
	loop_timer_start(clock->env->loop, clock->timer, clock->next_ms);
}

static void on_rearmed(const struct store_result *r, void *arg)
{
	struct due_clock *clock = arg;

	if (r->status == STORE_NOT_LEADER)
		leader_step_down(clock->leader, "the store knows another leader");
	else if (r->status == STORE_ERROR)
		log_warning("due times were not renewed, trying again", log_err(r->err));
	else if (r->status == STORE_OK && store_result_int(r, "done") == 0 && clock->next_ms > REARM_NEXT_MS)
		clock->next_ms = REARM_NEXT_MS;
	tick_end(clock);
}

/* The queue is too long: said once, and once when it is over. */
static void note_full(struct due_clock *clock, const struct store_result *r)
{
	bool full = r->status == STORE_FULL;

	if (full == clock->was_full)
		return;
	clock->was_full = full;
	log_warning(full ? "the queue is full, nothing is added" : "the queue takes jobs again",
		log_uint("waiting", store_result_uint(r, "waiting")));
}

static void note_dispatched(struct due_clock *clock, const struct store_result *r)
{
	static const enum job_kind kinds[] = {JOB_ROTATE, JOB_SYNC, JOB_CHECK, JOB_NOTIFY};
	int64_t next_in_ms = store_result_int(r, "next_in_ms");
	uint64_t total = 0;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		uint64_t n = store_result_uint(r, job_kind_text(kinds[i]));

		clock->env->metrics->dispatched[kinds[i]] += n;
		total += n;
	}
	clock->env->metrics->jobs_waiting = store_result_uint(r, "waiting");
	clock->env->metrics->notices_failing = store_result_uint(r, "notices_failing");
	clock->store_now_ms = store_result_int(r, "now_ms");
	if (total >= DISPATCH_MAX)
		clock->next_ms = 0;                       /* there may be more */
	else if (next_in_ms >= 0 && next_in_ms < TICK_MS) /* -1: nothing is armed */
		clock->next_ms = next_in_ms < TICK_MIN_MS ? TICK_MIN_MS : (uint32_t)next_in_ms + 1;
}

static void on_dispatched(const struct store_result *r, void *arg)
{
	struct due_clock *clock = arg;

	clock->next_ms = TICK_MS;
	if (r->status == STORE_NOT_LEADER)
		leader_step_down(clock->leader, "the store knows another leader");
	else if (r->status == STORE_ERROR)
		log_warning("due work was not dispatched, trying again", log_err(r->err));
	else if (r->status == STORE_OK || r->status == STORE_FULL)
		note_full(clock, r);
	if (r->status == STORE_OK)
		note_dispatched(clock, r);
	if (r->err || !leader_leads(clock->leader)) {
		tick_end(clock);
		return;
	}
	store_settings_rearm(clock->env->store, leader_value(clock->leader), REARM_IDS, on_rearmed, clock);
}

static void on_tick(void *arg)
{
	struct due_clock *clock = arg;
	struct store_due_dispatch q = {
		.limit = DISPATCH_MAX,
		.max_waiting = WAITING_MAX,
		.rearm_ms = DISPATCH_REARM_MS,
		.check_interval_ms = (uint64_t)clock->env->config->health_check_interval_s * 1000,
	};

	clock->next_ms = TICK_MS;
	if (!leader_leads(clock->leader) || !store_is_up(clock->env->store)) {
		clock->env->metrics->jobs_waiting = 0;
		clock->env->metrics->notices_failing = 0;
		tick_end(clock);
		return;
	}
	q.leader_value = leader_value(clock->leader);
	if (clock->store_now_ms > 0)
		q.remind_until_ms = remind_until_ms(clock->store_now_ms);
	store_due_dispatch(clock->env->store, &q, on_dispatched, clock);
}

struct due_clock *due_clock_new(const struct sched_env *env, struct leader *leader)
{
	struct due_clock *clock = mem_zalloc(sizeof(*clock));

	*clock = (struct due_clock){.env = env, .leader = leader};
	clock->timer = loop_timer_new(env->loop, on_tick, clock);
	ensure(clock->timer);
	loop_timer_start(env->loop, clock->timer, TICK_MS);
	return clock;
}

void due_clock_free(struct due_clock *clock)
{
	if (!clock)
		return;
	loop_timer_free(clock->env->loop, clock->timer);
	free(clock);
}
