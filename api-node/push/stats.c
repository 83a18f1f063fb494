/*
 * stats.c: see stats.h. Each second:
 *
 *	clients → viewers (administrators together, each other user alone)
 *	one pass over the endpoints in use → everybody's totals and items
 *	→ at most two frames each: what has changed, and, for who has just come or missed one, all
 */
#include "api-node/push/stats.h"

#include <stdio.h>
#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/push/frame.h"
#include "api-node/push/push_client.h"
#include "api-node/push/rates.h"
#include "api-node/records.h"
#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/hash_map.h"
#include "shared/base/log.h"
#include "shared/json/json_writer.h"
#include "shared/loop/loop.h"
#include "shared/model/proxy.h"
#include "shared/store/store.h"
#include "shared/store/store_keys.h"
#include "shared/store/store_link.h"

enum { TICK_MS = 1000, PROBE_MS = 3000, ADMINISTRATORS = 0, CHANNEL_BYTES = 256 };

struct stats {
	struct api *api;         /* borrowed */
	struct list *clients;    /* borrowed */
	struct loop_timer *tick; /* owned */
	struct store_link *link; /* owned; NULL while nobody looks */
	struct rates *rates;     /* owned */
	uint64_t heard_ms;
	char channel[CHANNEL_BYTES];
};

/* Who sees the same. */
struct viewers {
	int64_t user_id; /* the map's key; ADMINISTRATORS for all of them */
	unsigned wants;  /* bits: 1 << enum stats_scope */
	struct rate total;
	struct buf items[STATS_SCOPES]; /* "[…],[…]" */
	struct frame *frames[STATS_SCOPES];
};

/* ---- listening ---- */

static void subscribe(struct stats *stats);

static void on_message(struct slice channel, struct slice payload, void *arg)
{
	struct stats *stats = arg;
	struct err err = {0};

	(void)channel;
	stats->heard_ms = clock_now_ms();
	if (payload.data && !rates_message(stats->rates, payload, stats->heard_ms, &err))
		log_warning("a relay's rates cannot be read, leaving them out", log_err(&err));
}

static void subscribe(struct stats *stats)
{
	stats->heard_ms = clock_now_ms();
	store_link_subscribe(stats->link, slice_from_str(stats->channel), on_message, stats);
}

static void on_up(void *arg)
{
	subscribe(arg);
}

static const struct store_link_ops link_ops = {.up = on_up};

/* A subscriber that hears nothing may be dead: a repeated SUBSCRIBE must be confirmed. */
static void probe(struct stats *stats, uint64_t now_ms)
{
	uint64_t silent_ms = now_ms - stats->heard_ms;

	if (!store_link_is_up(stats->link) || silent_ms < PROBE_MS)
		return;
	if (silent_ms >= 2 * PROBE_MS)
		store_link_reset(stats->link, "the subscription to rates is not confirmed");
	else
		store_link_subscribe(stats->link, slice_from_str(stats->channel), on_message, stats);
}

/* ---- telling ---- */

static struct slice key_of(const int64_t *user_id)
{
	return slice_of((const char *)user_id, sizeof(*user_id));
}

static struct viewers *viewers_of(struct hash_map *groups, const struct session *who)
{
	int64_t user_id = who->role == ROLE_ADMIN ? ADMINISTRATORS : who->user_id;
	struct viewers *viewers = hash_map_find(groups, key_of(&user_id));

	if (viewers)
		return viewers;
	viewers = mem_zalloc(sizeof(*viewers));
	viewers->user_id = user_id;
	for (size_t i = 0; i < STATS_SCOPES; i++)
		buf_init(&viewers->items[i], 0);
	hash_map_set(groups, key_of(&viewers->user_id), viewers);
	return viewers;
}

static void viewers_free(struct viewers *viewers)
{
	for (size_t i = 0; i < STATS_SCOPES; i++) {
		buf_done(&viewers->items[i]);
		frame_unref(viewers->frames[i]);
	}
	free(viewers);
}

static void put_item(struct viewers *viewers, enum stats_scope scope, const struct rate_sum *sum)
{
	struct buf *items = &viewers->items[scope];

	if (viewers->wants & 1u << scope)
		buf_printf(items, "%s[%llu,%llu,%llu,%llu]", items->len ? "," : "",
			(unsigned long long)sum->id, (unsigned long long)sum->rate.bytes_up_s,
			(unsigned long long)sum->rate.bytes_down_s,
			(unsigned long long)sum->rate.connections);
}

static void put_sum(struct viewers *viewers, const struct rate_sum *sum)
{
	if (!viewers)
		return;
	viewers->total.bytes_up_s += sum->rate.bytes_up_s;
	viewers->total.bytes_down_s += sum->rate.bytes_down_s;
	viewers->total.connections += sum->rate.connections;
	put_item(viewers, STATS_ALL, sum);
	if (sum->changed)
		put_item(viewers, STATS_CHANGES, sum);
}

/* NULL: nothing to tell in this scope. */
static struct frame *make_frame(const struct viewers *viewers, enum stats_scope scope)
{
	const struct buf *items = &viewers->items[scope];
	struct frame *frame;
	struct json_writer w;
	struct buf text;

	if (!(viewers->wants & 1u << scope) || (scope == STATS_CHANGES && items->len == 0))
		return NULL;
	buf_init(&text, 0);
	json_writer_init(&w, &text);
	json_object_begin(&w);
	json_put_cstr(&w, "type", "stats");
	json_key(&w, "totals");
	json_object_begin(&w);
	json_put_uint(&w, "bytes_up_s", viewers->total.bytes_up_s);
	json_put_uint(&w, "bytes_down_s", viewers->total.bytes_down_s);
	json_put_uint(&w, "connections", viewers->total.connections);
	json_object_end(&w);
	json_put_bool(&w, "all", scope == STATS_ALL);
	json_key(&w, "rates");
	json_array_begin(&w);
	if (items->len)
		json_raw(&w, buf_slice(items));
	json_array_end(&w);
	json_object_end(&w);
	frame = frame_new(buf_slice(&text));
	buf_done(&text);
	return frame;
}

static void sum_up(struct stats *stats, struct hash_map *groups)
{
	const int64_t administrators = ADMINISTRATORS;
	struct viewers *everything = hash_map_find(groups, key_of(&administrators));
	bool owners_look = groups->len > (everything ? 1 : 0);
	const struct rate_sum *sum;
	size_t cursor = 0;

	while ((sum = rates_next(stats->rates, &cursor)) != NULL) {
		const struct record *record = owners_look ? records_find(stats->api->records, sum->id) : NULL;

		put_sum(everything, sum);
		if (record && record->proxy->user_id != ADMINISTRATORS)
			put_sum(hash_map_find(groups, key_of(&record->proxy->user_id)), sum);
	}
}

static void tell(struct stats *stats)
{
	struct hash_map groups;
	struct viewers *viewers;
	size_t cursor = 0;

	hash_map_init(&groups);
	list_each (node, stats->clients) {
		struct push_client *client = list_entry(node, struct push_client, node);
		viewers_of(&groups, &client->who)->wants |= 1u << push_client_stats_scope(client);
	}
	sum_up(stats, &groups);
	while ((viewers = hash_map_next(&groups, &cursor)) != NULL)
		for (enum stats_scope scope = 0; scope < STATS_SCOPES; scope++)
			viewers->frames[scope] = make_frame(viewers, scope);
	list_each (node, stats->clients) {
		struct push_client *client = list_entry(node, struct push_client, node);
		viewers = viewers_of(&groups, &client->who);
		push_client_tell_stats(client, viewers->frames[push_client_stats_scope(client)]);
	}
	for (cursor = 0; (viewers = hash_map_next(&groups, &cursor)) != NULL;)
		viewers_free(viewers);
	hash_map_done(&groups);
	rates_told(stats->rates);
}

/* ---- life ---- */

static void stop(struct stats *stats)
{
	store_link_free(stats->link);
	stats->link = NULL;
	rates_clear(stats->rates);
}

static void on_tick(void *arg)
{
	struct stats *stats = arg;
	uint64_t now_ms = clock_now_ms();

	if (list_empty(stats->clients)) {
		stop(stats);
		return;
	}
	loop_timer_start(stats->api->loop, stats->tick, TICK_MS);
	probe(stats, now_ms);
	rates_expire(stats->rates, now_ms);
	tell(stats);
}

void stats_start(struct stats *stats)
{
	if (stats->link)
		return;
	stats->link =
		store_link_new(stats->api->loop, store_url(stats->api->store), "rates", &link_ops, stats);
	loop_timer_start(stats->api->loop, stats->tick, TICK_MS);
}

struct stats *stats_new(struct api *api, struct list *clients)
{
	struct stats *stats = mem_zalloc(sizeof(*stats));

	stats->api = api;
	stats->clients = clients;
	stats->rates = rates_new();
	stats->tick = loop_timer_new(api->loop, on_tick, stats);
	int len = snprintf(stats->channel, sizeof(stats->channel), "%.*s%s",
		SLICE_ARG(store_prefix(api->store)), STORE_KEY_RATES);
	ensure(len > 0 && (size_t)len < sizeof(stats->channel));
	return stats;
}

void stats_free(struct stats *stats)
{
	if (!stats)
		return;
	store_link_free(stats->link);
	rates_free(stats->rates);
	loop_timer_free(stats->api->loop, stats->tick);
	free(stats);
}
