/* heartbeat.c: see heartbeat.h. */
#include "scheduler/heartbeat.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/sched_config.h"
#include "scheduler/sched_metrics.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/proc.h"
#include "shared/loop/loop.h"
#include "shared/store/store.h"
#include "shared/store/store_nodes.h"

enum { BEAT_MS = 1000, BEAT_TTL_MS = 5000 };

struct heartbeat {
	const struct sched_env *env; /* borrowed */
	struct loop_timer *timer;    /* owned */
	uint64_t born_ms;            /* clock_now_ms() at start */
	int64_t offset_ms;           /* Redis' clock less ours; 0 until the first answer */
};

static void on_answer(const struct store_result *r, void *arg)
{
	struct heartbeat *h = arg;

	if (r->status == STORE_OK && h->offset_ms == 0)
		h->offset_ms = store_result_int(r, "now_ms") - (int64_t)clock_now_ms();
	loop_timer_start(h->env->loop, h->timer, BEAT_MS);
}

/* Our clock's moment on Redis' clock, as a text; 0 when either is not known. */
static struct slice epoch_text(const struct heartbeat *h, uint64_t at_ms, char dst[24])
{
	snprintf(dst, 24, "%" PRId64, h->offset_ms && at_ms ? (int64_t)at_ms + h->offset_ms : 0);
	return slice_from_str(dst);
}

/* Keys and addresses are not real then: the page says so. */
static bool uses_simulator(const struct sched_config *config)
{
	return strcmp(config->kiotproxy_api_base, KIOTPROXY_API_REAL) != 0;
}

static void on_beat(void *arg)
{
	struct heartbeat *h = arg;
	const struct sched_metrics *m = h->env->metrics;
	char started[24], running[24], vendor_at[24], failures[24];
	uint64_t jobs = 0;

	if (!store_is_up(h->env->store)) {
		loop_timer_start(h->env->loop, h->timer, BEAT_MS);
		return;
	}
	for (int i = 0; i < JOB_KIND_COUNT; i++)
		jobs += m->jobs_running[i];
	snprintf(running, sizeof(running), "%" PRIu64, jobs);
	snprintf(failures, sizeof(failures), "%" PRIu64, m->vendor_failures);
	const struct store_field fields[] = {
		{"role", SLICE_LIT("scheduler")},
		{"build", slice_from_str(proc_build())},
		{"started", epoch_text(h, h->born_ms, started)},
		{"leader", m->leading ? SLICE_LIT("1") : SLICE_LIT("0")},
		{"jobs", slice_from_str(running)},
		{"simulator", uses_simulator(h->env->config) ? SLICE_LIT("1") : SLICE_LIT("0")},
		{"vendor_at", epoch_text(h, m->vendor_at_ms, vendor_at)},
		{"vendor_failures", slice_from_str(failures)},
	};
	store_heartbeat(h->env->store, slice_from_str(h->env->config->common.node_id), BEAT_TTL_MS,
		(struct store_fields){fields, ARRAY_LEN(fields)}, on_answer, h);
}

struct heartbeat *heartbeat_new(const struct sched_env *env)
{
	struct heartbeat *h = mem_zalloc(sizeof(*h));

	*h = (struct heartbeat){.env = env, .born_ms = clock_now_ms()};
	h->timer = loop_timer_new(env->loop, on_beat, h);
	ensure(h->timer);
	loop_timer_start(env->loop, h->timer, 0);
	return h;
}

void heartbeat_free(struct heartbeat *heartbeat)
{
	if (!heartbeat)
		return;
	loop_timer_free(heartbeat->env->loop, heartbeat->timer);
	free(heartbeat);
}
