/* push.c: see push.h. The hub: who is to be told of what. When and in which order is push_client.c. */
#include "api-node/push/push.h"

#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/job_waits.h"
#include "api-node/push/fleet_watch.h"
#include "api-node/push/frame.h"
#include "api-node/push/push_client.h"
#include "api-node/push/push_frames.h"
#include "api-node/push/stats.h"
#include "api-node/sessions.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/loop/loop.h"
#include "shared/model/change.h"
#include "shared/model/proxy.h"

enum { TICK_MS = 25 };

struct push {
	struct api *api;
	struct list clients;
	size_t count;
	struct loop_timer *tick;
	enum { TICK_STOPPED, TICK_RUNNING } ticking;
	uint64_t frames_sent, resyncs;
	struct stats *stats;             /* owned */
	struct fleet_watch *fleet_watch; /* owned */
};

static void start_tick(struct push *push)
{
	if (push->ticking == TICK_RUNNING)
		return;
	push->ticking = TICK_RUNNING;
	loop_timer_start(push->api->loop, push->tick, TICK_MS);
}

static void on_tick(void *arg)
{
	struct push *push = arg;
	uint64_t now_ms = clock_now_ms();
	uint64_t outstanding = 0;

	push->ticking = TICK_STOPPED;
	list_each (node, &push->clients) {
		outstanding += push_client_cool(list_entry(node, struct push_client, node), now_ms);
	}
	if (outstanding > 0)
		start_tick(push);
}

static void on_changed(void *arg, const struct record *record, int64_t previous_user_id)
{
	struct push *push = arg;

	list_each (node, &push->clients) {
		struct push_client *client = list_entry(node, struct push_client, node);
		if (session_may(&client->who, MAY_SEE_PROXY, record->proxy->user_id))
			push_client_tell(client, record->proxy->id, TELL_STATE);
		else if (previous_user_id > 0 && session_may(&client->who, MAY_SEE_PROXY, previous_user_id))
			push_client_tell(client, record->proxy->id, TELL_DELETED);
	}
}

static void on_removed(void *arg, int64_t id, int64_t user_id)
{
	struct push *push = arg;

	list_each (node, &push->clients) {
		struct push_client *client = list_entry(node, struct push_client, node);
		if (session_may(&client->who, MAY_SEE_PROXY, user_id))
			push_client_tell(client, id, TELL_DELETED);
	}
}

static void on_reset(void *arg)
{
	struct push *push = arg;

	list_each (node, &push->clients) {
		push_client_resync(list_entry(node, struct push_client, node));
	}
	sessions_records_advanced(push->api->sessions);
}

static void on_settings(void *arg, const struct settings *settings)
{
	struct push *push = arg;

	(void)settings;
	list_each (node, &push->clients) {
		struct push_client *client = list_entry(node, struct push_client, node);
		push_client_tell_first(client, PENDING_SETTINGS);
	}
}

/* A line about a proxy goes to those who may see it; one about none (logins, settings) to administrators. */
static bool may_see_log(const struct push *push, const struct push_client *client, struct slice key)
{
	const struct record *record;
	uint64_t id;

	if (client->who.role == ROLE_ADMIN)
		return true;
	if (!slice_parse_u64(key, &id))
		return false;
	record = records_find(push->api->records, id);
	return record && session_may(&client->who, MAY_SEE_PROXY, record->proxy->user_id);
}

static void on_log(struct push *push, const struct change_item *item)
{
	struct frame *frame = NULL;
	struct buf text;

	if (list_empty(&push->clients))
		return;
	buf_init(&text, 0);
	frame_log(&text, item->value);
	if (text.len > 0)
		frame = frame_new(buf_slice(&text));
	buf_done(&text);
	if (!frame)
		return;
	list_each (node, &push->clients) {
		struct push_client *client = list_entry(node, struct push_client, node);
		if (may_see_log(push, client, item->key))
			push_client_tell_text(client, frame);
	}
	frame_unref(frame);
}

static void on_session_end(struct push *push, struct slice key)
{
	uint64_t user_id;

	if (!slice_parse_u64(key, &user_id))
		return;
	sessions_user_changed(push->api->sessions, (int64_t)user_id);
	list_each (node, &push->clients) {
		struct push_client *client = list_entry(node, struct push_client, node);
		if ((uint64_t)client->who.user_id == user_id)
			client->ops->session_ended(client->arg);
	}
}

static void on_notice(void *arg, const struct change_item *item)
{
	struct push *push = arg;

	switch (item->op) {
	case CHANGE_LOG: on_log(push, item); break;
	case CHANGE_JOB: job_waits_ended(push->api->job_waits, item->key); break;
	case CHANGE_SESSION_END:
	case CHANGE_USER: on_session_end(push, item->key); break;
	default: break;
	}
}

static void on_moved(void *arg)
{
	struct push *push = arg;

	sessions_records_advanced(push->api->sessions);
}

struct push *push_new(struct api *api)
{
	struct push *push = mem_zalloc(sizeof(*push));

	push->api = api;
	list_init(&push->clients);
	push->tick = loop_timer_new(api->loop, on_tick, push);
	push->stats = stats_new(api, &push->clients);
	push->fleet_watch = fleet_watch_new(api, &push->clients);
	return push;
}

void push_stop(struct push *push)
{
	if (!push)
		return;
	stats_free(push->stats);
	push->stats = NULL;
}

void push_free(struct push *push)
{
	if (!push)
		return;
	ensure(list_empty(&push->clients));
	push_stop(push);
	fleet_watch_free(push->fleet_watch);
	loop_timer_free(push->api->loop, push->tick);
	free(push);
}

struct records_listener push_records_listener(struct push *push)
{
	return (struct records_listener){
		.changed = on_changed,
		.removed = on_removed,
		.reset = on_reset,
		.settings = on_settings,
		.notice = on_notice,
		.moved = on_moved,
		.arg = push,
	};
}

struct push_client *push_join(
	struct push *push, const struct session *who, const struct push_client_ops *ops, void *arg)
{
	struct push_client *client = mem_zalloc(sizeof(*client));

	*client = (struct push_client){.push = push, .who = *who, .ops = ops, .arg = arg};
	push_client_init(client);
	list_append(&push->clients, &client->node);
	push->count++;
	push_client_tell_first(client, PENDING_HELLO);
	stats_start(push->stats);
	fleet_watch_start(push->fleet_watch, client);
	return client;
}

void push_leave(struct push_client *client)
{
	if (!client)
		return;
	push_client_done(client);
	list_remove(&client->node);
	client->push->count--;
	client->push->resyncs += client->resyncs;
	free(client);
}

void push_known(struct push_client *client, const struct session *who)
{
	bool same = client->who.role == who->role && client->who.user_id == who->user_id;

	client->who = *who;
	if (same)
		return;
	push_client_resync(client);
	fleet_watch_start(client->push->fleet_watch, client);
}

struct frame *push_next(struct push_client *client)
{
	struct push *push = client->push;
	struct frame *frame = push_client_next(client, push->api, clock_now_ms());

	if (!frame)
		return NULL;
	push->frames_sent++;
	start_tick(push);
	return frame;
}

size_t push_client_count(const struct push *push)
{
	return push->count;
}

uint64_t push_frames_sent(const struct push *push)
{
	return push->frames_sent;
}

uint64_t push_resyncs(const struct push *push)
{
	uint64_t total = push->resyncs;

	list_each (node, &push->clients) {
		total += list_entry(node, struct push_client, node)->resyncs;
	}
	return total;
}
