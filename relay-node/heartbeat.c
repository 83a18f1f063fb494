/* heartbeat.c: see heartbeat.h. */
#include "relay-node/heartbeat.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "relay-node/rates.h"
#include "relay-node/route_feed.h"
#include "relay-node/usage_flush.h"
#include "relay-node/workers.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/proc.h"
#include "shared/store/store.h"
#include "shared/store/store_nodes.h"

enum { BEAT_MS = 1000, BEAT_TTL_MS = 5000, NUMBER_FIELDS = 13, FIELDS_MAX = NUMBER_FIELDS + 3 };

struct heartbeat {
	struct heartbeat_env env;
	struct loop_timer *timer; /* owned */
	bool waiting;             /* for an answer */
	uint64_t born_ms, sent_ms;
	uint64_t last_bytes, last_bytes_ms; /* for bytes/s */
};

static void on_answer(const struct store_result *r, void *arg)
{
	struct heartbeat *h = arg;
	uint64_t now_ms = clock_now_ms();

	h->waiting = false;
	loop_timer_start(h->env.loop, h->timer, BEAT_MS);
	if (r->status != STORE_OK)
		return;
	/* Redis read its clock about halfway between question and answer. */
	int64_t offset_ms = store_result_int(r, "now_ms") - (int64_t)(h->sent_ms + (now_ms - h->sent_ms) / 2);

	atomic_store_explicit(&h->env.shared->wall_offset_ms, offset_ms, memory_order_relaxed);
	usage_flush_set_clock(h->env.usage, offset_ms);
	rates_listeners(h->env.rates, store_result_uint(r, "rates_listeners"));
	store_follow_version_seen(route_feed_follow(h->env.feed), store_result_uint(r, "gen"),
		store_result_uint(r, "routes_ver"));
}

static uint64_t bytes_per_second(struct heartbeat *h, uint64_t now_ms)
{
	uint64_t bytes = workers_sum(h->env.workers, COUNTER_BYTES_UP) +
			 workers_sum(h->env.workers, COUNTER_BYTES_DOWN);
	uint64_t elapsed_ms = now_ms - h->last_bytes_ms;
	uint64_t rate = elapsed_ms ? (bytes - h->last_bytes) * 1000 / elapsed_ms : 0;

	h->last_bytes = bytes;
	h->last_bytes_ms = now_ms;
	return rate;
}

static void on_beat(void *arg)
{
	struct heartbeat *h = arg;
	const struct relay_config *config = h->env.shared->config;
	struct store_follow *follow = route_feed_follow(h->env.feed);
	int64_t offset_ms = atomic_load_explicit(&h->env.shared->wall_offset_ms, memory_order_relaxed);
	uint64_t gen, ver, now_ms = clock_now_ms();
	struct store_field fields[FIELDS_MAX];
	char numbers[NUMBER_FIELDS][24];
	size_t count = 0;

	if (!store_is_up(h->env.store)) {
		loop_timer_start(h->env.loop, h->timer, BEAT_MS);
		return;
	}
	store_follow_position(follow, &gen, &ver);
	const struct {
		const char *name;
		uint64_t value;
	} values[NUMBER_FIELDS] = {
		{"started", offset_ms ? (uint64_t)((int64_t)h->born_ms + offset_ms) : 0},
		{"http_port", config->http_port},
		{"port_start", config->port_start},
		{"port_end", config->port_start ? config->port_end : 0},
		{"threads", config->threads},
		{"routes_gen", gen},
		{"routes_ver", ver},
		{"routes", route_feed_count(h->env.feed)},
		{"refused", store_follow_stats(follow).refused},
		{"connections", workers_sum(h->env.workers, COUNTER_OPEN)},
		{"bytes_s", bytes_per_second(h, now_ms)},
		{"listening", workers_sum(h->env.workers, COUNTER_LISTENING)},
		{"listen_failed", workers_sum(h->env.workers, COUNTER_LISTEN_FAILED)},
	};
	char digest[24];

	for (; count < NUMBER_FIELDS; count++) {
		snprintf(numbers[count], sizeof(numbers[count]), "%" PRIu64, values[count].value);
		fields[count] = (struct store_field){values[count].name, slice_from_str(numbers[count])};
	}
	snprintf(digest, sizeof(digest), "%016" PRIx64, store_follow_digest(follow));
	fields[count++] = (struct store_field){"digest", slice_from_str(digest)};
	fields[count++] = (struct store_field){"role", SLICE_LIT("relay")};
	fields[count++] = (struct store_field){"build", slice_from_str(proc_build())};
	h->sent_ms = now_ms;
	h->waiting = true;
	store_heartbeat(h->env.store, slice_from_str(config->common.node_id), BEAT_TTL_MS,
		(struct store_fields){fields, count}, on_answer, h);
}

struct heartbeat *heartbeat_new(const struct heartbeat_env *env)
{
	struct heartbeat *h = mem_zalloc(sizeof(*h));

	h->env = *env;
	h->born_ms = h->last_bytes_ms = clock_now_ms();
	h->timer = loop_timer_new(env->loop, on_beat, h);
	ensure(h->timer);
	loop_timer_start(env->loop, h->timer, 0);
	return h;
}

void heartbeat_store_up(struct heartbeat *heartbeat)
{
	/* While one is on its way its answer is near. */
	if (!heartbeat->waiting)
		loop_timer_start(heartbeat->env.loop, heartbeat->timer, 0);
}

void heartbeat_free(struct heartbeat *heartbeat)
{
	if (!heartbeat)
		return;
	loop_timer_free(heartbeat->env.loop, heartbeat->timer);
	free(heartbeat);
}
