/*
 * push.c: see push.h. The hub: who is to be told of what. When and in which order is audience.c and
 * push_client.c.
 *
 * Changes are gathered and flushed together: at once after a quiet moment, else every FLUSH_MS. So a thousand
 * changes a second cost each browser fifty writes, not a thousand.
 */
#include "api-node/push/push.h"

#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/job_waits.h"
#include "api-node/push/fleet_watch.h"
#include "api-node/push/audience.h"
#include "api-node/push/push_client.h"
#include "api-node/push/push_frames.h"
#include "api-node/push/stats.h"
#include "api-node/sessions.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/hash_map.h"
#include "shared/loop/loop.h"
#include "shared/model/change.h"
#include "shared/model/proxy.h"

enum { FLUSH_MS = 20 };

struct push {
	struct api *api;
	struct list clients;
	size_t count;
	struct hash_map audiences; /* user id → audience, owned */
	struct loop_timer *flush;
	enum { FLUSH_NONE, FLUSH_SCHEDULED } flushing;
	uint64_t flushed_ms;
	uint64_t frames_sent, resyncs;
	struct stats *stats;             /* owned */
	struct fleet_watch *fleet_watch; /* owned */
};

/* ---- audiences ---- */

static struct slice key_of(const int64_t *user_id)
{
	return slice_of((const char *)user_id, sizeof(*user_id));
}

static struct audience *audience_find(const struct push *push, int64_t user_id)
{
	return hash_map_find(&push->audiences, key_of(&user_id));
}

static struct audience *audience_of(struct push *push, const struct session *who)
{
	int64_t user_id = who->role == ROLE_ADMIN ? AUDIENCE_ADMINISTRATORS : who->user_id;
	struct audience *audience = audience_find(push, user_id);

	if (audience)
		return audience;
	audience = audience_new(user_id);
	hash_map_set(&push->audiences, key_of(&audience->user_id), audience);
	return audience;
}

static void leave_audience(struct push_client *client)
{
	struct audience *audience = client->audience;

	push_client_done(client);
	if (!list_empty(&audience->clients))
		return;
	hash_map_remove(&client->push->audiences, key_of(&audience->user_id));
	audience_free(audience);
}

static void resync_all(struct audience *audience)
{
	list_each (node, &audience->clients) {
		push_client_resync(list_entry(node, struct push_client, audience_node));
	}
}

/* ---- flushing ---- */

static void schedule(struct push *push)
{
	uint64_t since_ms = clock_now_ms() - push->flushed_ms;

	if (push->flushing == FLUSH_SCHEDULED)
		return;
	push->flushing = FLUSH_SCHEDULED;
	loop_timer_start(push->api->loop, push->flush, since_ms >= FLUSH_MS ? 0 : FLUSH_MS - since_ms);
}

/* Wakes who has something to read; who has fallen out of the log is told so when it can be told anything. */
static uint64_t wake_all(struct audience *audience)
{
	uint64_t oldest = UINT64_MAX;

	list_each (node, &audience->clients) {
		struct push_client *client = list_entry(node, struct push_client, audience_node);
		if (!audience_has(audience, client->position))
			push_client_resync(client);
		if (client->position < oldest)
			oldest = client->position;
		if (push_client_pending(client))
			client->ops->wake(client->arg);
	}
	return oldest;
}

static void on_flush(void *arg)
{
	struct push *push = arg;
	struct audience *audience;
	size_t cursor = 0, outstanding = 0;

	push->flushing = FLUSH_NONE;
	push->flushed_ms = clock_now_ms();
	while ((audience = hash_map_next(&push->audiences, &cursor)) != NULL) {
		outstanding += audience_flush(audience, push->api, push->flushed_ms);
		audience_trim(audience, wake_all(audience));
		outstanding += audience->log.len > 0; /* once more, to let go of its memory */
	}
	if (outstanding > 0)
		schedule(push);
}

/* ---- what the records tell ---- */

static void tell(struct push *push, int64_t user_id, int64_t id, enum push_what what)
{
	struct audience *audience = audience_find(push, user_id);

	if (audience && !audience_tell(audience, id, what))
		resync_all(audience);
}

static void on_changed(void *arg, const struct record *record, int64_t previous_user_id)
{
	struct push *push = arg;
	int64_t owner_id = record->proxy->user_id;

	if (list_empty(&push->clients))
		return;
	tell(push, AUDIENCE_ADMINISTRATORS, record->proxy->id, TELL_STATE);
	if (owner_id != AUDIENCE_ADMINISTRATORS)
		tell(push, owner_id, record->proxy->id, TELL_STATE);
	if (previous_user_id != owner_id && previous_user_id > 0)
		tell(push, previous_user_id, record->proxy->id, TELL_DELETED);
	schedule(push);
}

static void on_removed(void *arg, int64_t id, int64_t user_id)
{
	struct push *push = arg;

	if (list_empty(&push->clients))
		return;
	tell(push, AUDIENCE_ADMINISTRATORS, id, TELL_DELETED);
	if (user_id != AUDIENCE_ADMINISTRATORS)
		tell(push, user_id, id, TELL_DELETED);
	schedule(push);
}

static void on_reset(void *arg)
{
	struct push *push = arg;
	struct audience *audience;
	size_t cursor = 0;

	while ((audience = hash_map_next(&push->audiences, &cursor)) != NULL) {
		audience_forget(audience);
		resync_all(audience);
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

static void tell_text(struct push *push, int64_t user_id, const struct buf *text)
{
	struct audience *audience = audience_find(push, user_id);

	if (audience && !audience_tell_text(audience, buf_slice(text)))
		resync_all(audience);
}

/* A line about a proxy goes to those who may see it; one about none (logins, settings) to administrators. */
static void on_log(struct push *push, const struct change_item *item)
{
	const struct record *record;
	struct buf text;
	uint64_t id;

	if (list_empty(&push->clients))
		return;
	buf_init(&text, 0);
	frame_log(&text, item->value);
	record = slice_parse_u64(item->key, &id) ? records_find(push->api->records, id) : NULL;
	if (text.len > 0) {
		tell_text(push, AUDIENCE_ADMINISTRATORS, &text);
		if (record && record->proxy->user_id != AUDIENCE_ADMINISTRATORS)
			tell_text(push, record->proxy->user_id, &text);
		schedule(push);
	}
	buf_done(&text);
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
	hash_map_init(&push->audiences);
	push->flush = loop_timer_new(api->loop, on_flush, push);
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
	hash_map_done(&push->audiences);
	loop_timer_free(push->api->loop, push->flush);
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
	push_client_init(client, audience_of(push, who));
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
	leave_audience(client);
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
	leave_audience(client);
	push_client_init(client, audience_of(client->push, who));
	push_client_resync(client);
	fleet_watch_start(client->push->fleet_watch, client);
}

bool push_next(struct push_client *client, struct slice *ret_bytes)
{
	uint64_t frames;

	*ret_bytes = push_client_next(client, client->push->api, &frames);
	client->push->frames_sent += frames;
	return ret_bytes->len > 0;
}

bool push_pending(const struct push_client *client)
{
	return push_client_pending(client);
}

size_t push_client_count(const struct push *push)
{
	return push->count;
}

size_t push_count_of(const struct push *push, int64_t user_id)
{
	size_t count = 0;

	list_each (node, &push->clients) {
		count += list_entry(node, struct push_client, node)->who.user_id == user_id;
	}
	return count;
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
