/* heartbeat.c: see heartbeat.h. One call at a time: while Redis is away none pile up. */
#include "api-node/heartbeat.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/public_ports.h"
#include "api-node/push/push.h"
#include "api-node/records.h"
#include "shared/base/ensure.h"
#include "shared/base/proc.h"
#include "shared/loop/loop.h"
#include "shared/store/store_nodes.h"
#include "shared/store/store_result.h"

enum {
	HEARTBEAT_MS = 1000,
	HEARTBEAT_TTL_MS = 5000,
	FLEET_EVERY = 5, /* heartbeats */
};

struct heartbeat {
	struct api *api;
	struct loop_timer *timer;
	uint64_t count;
	int64_t started_ms; /* Redis' clock; 0 before it is known */
	enum { BEAT_IDLE, BEAT_WAITING } state;
};

static void on_fleet(const struct store_result *result, void *arg)
{
	struct heartbeat *heartbeat = arg;

	if (result->status == STORE_OK)
		public_ports_learn(heartbeat->api->public_ports, store_result_str(result, "nodes"));
}

static void on_beat(const struct store_result *result, void *arg)
{
	struct heartbeat *heartbeat = arg;
	struct records *records = heartbeat->api->records;

	heartbeat->state = BEAT_IDLE;
	if (result->status != STORE_OK)
		return;
	records_clock(records, store_result_int(result, "now_ms"));
	records_version_seen(
		records, store_result_uint(result, "gen"), store_result_uint(result, "records_ver"));
	if (heartbeat->started_ms == 0)
		heartbeat->started_ms = store_result_int(result, "now_ms");
	if (heartbeat->count++ % FLEET_EVERY == 0)
		store_fleet_read(heartbeat->api->store, on_fleet, heartbeat);
}

static void send_beat(struct heartbeat *heartbeat)
{
	struct api *api = heartbeat->api;
	uint64_t generation, version;
	char gen[24], ver[24], started[24], clients[24], port[24];

	records_position(api->records, &generation, &version);
	snprintf(gen, sizeof(gen), "%" PRIu64, generation);
	snprintf(ver, sizeof(ver), "%" PRIu64, version);
	snprintf(started, sizeof(started), "%" PRId64, heartbeat->started_ms);
	snprintf(clients, sizeof(clients), "%zu", push_client_count(api->push));
	snprintf(port, sizeof(port), "%u", api->config->api_port);
	const struct store_field fields[] = {
		{"role", SLICE_LIT("api")},
		{"build", slice_from_str(proc_build())},
		{"started", slice_from_str(started)},
		{"records_gen", slice_from_str(gen)},
		{"records_ver", slice_from_str(ver)},
		{"websockets", slice_from_str(clients)},
		{"api_port", slice_from_str(port)},
	};
	heartbeat->state = BEAT_WAITING;
	store_heartbeat(api->store, slice_from_str(api->config->common.node_id), HEARTBEAT_TTL_MS,
		(struct store_fields){fields, ARRAY_LEN(fields)}, on_beat, heartbeat);
}

static void on_timer(void *arg)
{
	struct heartbeat *heartbeat = arg;

	if (heartbeat->state == BEAT_IDLE)
		send_beat(heartbeat);
	loop_timer_start(heartbeat->api->loop, heartbeat->timer, HEARTBEAT_MS);
}

struct heartbeat *heartbeat_new(struct api *api)
{
	struct heartbeat *heartbeat = mem_zalloc(sizeof(*heartbeat));

	heartbeat->api = api;
	heartbeat->timer = loop_timer_new(api->loop, on_timer, heartbeat);
	loop_timer_start(api->loop, heartbeat->timer, 0);
	return heartbeat;
}

void heartbeat_free(struct heartbeat *heartbeat)
{
	if (!heartbeat)
		return;
	loop_timer_free(heartbeat->api->loop, heartbeat->timer);
	free(heartbeat);
}
