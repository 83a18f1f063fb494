/*
 * store_follow.c: see store_follow.h. It only connects: the subscriber link's messages and the reader's
 * answers go into the watch, the watch's wishes go to the reader. The watch counts as connected while the
 * store is open and the subscription is confirmed; when either is lost, both are established anew,
 * subscription first.
 *
 * A subscriber cannot be pinged (hiredis never answers a PING there), so its life shows in a repeated
 * SUBSCRIBE, asked for when nothing was heard for a while. And a dead one costs little: the version read each
 * second finds what it missed.
 */
#include "shared/store/store_follow.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/store/store_keys.h"
#include "shared/store/store_topic_reader.h"
#include "shared/store/store_watch.h"

enum {
	TICK_MS = 200,
	VERSION_INTERVAL_MS = 1000,
	PROBE_AFTER_MS = 3000, /* nothing heard on the subscription: ask for a confirmation */
	PROBE_LIMIT_MS = 2000, /* and when none comes, the link is dead */
	CHANNEL_BYTES = 256,
};

enum sub_state {
	SUB_DOWN,      /* no link, or the store is not open */
	SUB_ASKED,     /* SUBSCRIBE is on its way, nothing is confirmed yet */
	SUB_CONFIRMED, /* the watch is connected */
	SUB_PROBED,    /* as CONFIRMED, and a repeated SUBSCRIBE is on its way */
};

struct store_follow {
	struct loop *loop;                    /* borrowed */
	struct store *store;                  /* borrowed */
	const struct store_follow_ops *table; /* borrowed: the node's */
	void *table_arg;
	struct store_listener listener;
	struct store_link *subscriber; /* owned */
	struct topic_reader *reader;   /* owned */
	struct watch_ops watch_ops;
	struct watch *watch;      /* owned */
	struct loop_timer *timer; /* owned */
	enum sub_state sub;       /* written only by set_sub() */
	uint64_t heard_ms, asked_ms, version_ms;
	uint64_t messages, resubscribes;
	uint64_t said_refused; /* of the watch's count, how many were logged */
	char channel[CHANNEL_BYTES];
	const char *name;
};

static void moved(struct store_follow *f)
{
	const struct watch_stats *stats = watch_stats(f->watch);

	if (stats->refused > f->said_refused) {
		log_warning("an invalid change was refused, keeping the last valid entry",
			log_str("topic", f->name), log_uint("refused", stats->refused));
		f->said_refused = stats->refused;
	}
	if (f->table->moved)
		f->table->moved(f->table_arg);
}

/* ---- the subscription ---- */

static void set_sub(struct store_follow *f, enum sub_state sub)
{
	f->sub = sub;
	if (sub == SUB_ASKED || sub == SUB_PROBED)
		f->asked_ms = clock_now_ms();
}

static void on_message(struct slice channel, struct slice payload, void *arg);

static void ask_version(struct store_follow *f)
{
	f->version_ms = clock_now_ms();
	topic_reader_version(f->reader);
}

/* (Re)subscribes when both links are there. What was on its way before does not count: the watch starts anew.
 */
static void establish(struct store_follow *f)
{
	if (f->sub != SUB_DOWN) {
		set_sub(f, SUB_DOWN);
		watch_disconnected(f->watch);
		moved(f);
	}
	if (!store_is_up(f->store) || !store_link_is_up(f->subscriber))
		return;
	set_sub(f, SUB_ASKED);
	store_link_subscribe(f->subscriber, slice_from_str(f->channel), on_message, f);
}

static void on_confirmed(struct store_follow *f)
{
	enum sub_state was = f->sub;

	if (was == SUB_DOWN)
		return;
	set_sub(f, SUB_CONFIRMED);
	if (was != SUB_ASKED)
		return;
	watch_tick(f->watch, clock_now_ms());
	watch_connected(f->watch);
	ask_version(f);
}

static void on_message(struct slice channel, struct slice payload, void *arg)
{
	struct store_follow *f = arg;
	struct change change;
	struct err err = {0};

	(void)channel;
	f->heard_ms = clock_now_ms();
	if (!payload.data) {
		on_confirmed(f);
		return;
	}
	f->messages++;
	watch_tick(f->watch, f->heard_ms);
	if (change_parse(payload, &change, &err)) {
		watch_message(f->watch, &change);
		change_done(&change);
	} else {
		watch_message_broken(f->watch);
	}
	moved(f);
}

static void on_subscriber_up(void *arg)
{
	struct store_follow *f = arg;

	f->heard_ms = clock_now_ms();
	f->resubscribes++;
	establish(f);
}

static void on_subscriber_down(void *arg, const struct err *err)
{
	struct store_follow *f = arg;

	if (f->sub != SUB_DOWN)
		log_warning("the subscription broke, serving the last known state meanwhile",
			log_str("topic", f->name), log_err(err));
	establish(f);
}

static const struct store_link_ops subscriber_ops = {.up = on_subscriber_up, .down = on_subscriber_down};

static void on_store_event(void *arg, enum store_event event, const struct err *err)
{
	struct store_follow *f = arg;

	(void)err;
	/* Whoever commits next has a link like ours: what it commits is to be seen, not waited for. */
	if (event == STORE_EVENT_UP)
		store_link_hurry(f->subscriber);
	if (event == STORE_EVENT_UP || f->sub != SUB_DOWN)
		establish(f);
}

/* ---- what the watch and the reader say ---- */

static void fetch_snapshot(void *arg, uint32_t ticket)
{
	struct store_follow *f = arg;

	log_info("reading a snapshot", log_str("topic", f->name));
	topic_reader_snapshot(f->reader, ticket);
}

static void fetch_gap(void *arg, uint32_t ticket, uint64_t gen, uint64_t ver)
{
	struct store_follow *f = arg;

	topic_reader_gap(f->reader, ticket, gen, ver);
}

static void on_version(void *arg, uint64_t gen, uint64_t ver)
{
	store_follow_version_seen(arg, gen, ver);
}

static void on_batch(void *arg)
{
	moved(arg);
}

static const struct topic_reader_ops reader_ops = {.version = on_version, .moved = on_batch};

void store_follow_version_seen(struct store_follow *f, uint64_t generation, uint64_t version)
{
	uint64_t now_ms = clock_now_ms();

	f->version_ms = now_ms;
	if (f->sub != SUB_CONFIRMED && f->sub != SUB_PROBED)
		return;
	if (generation < store_generation(f->store)) {
		/* Emptied under our hands (FLUSHALL) without a restart: opening it anew decides what it is.
		 */
		store_link_reset(store_command_link(f->store), "Redis has lost its generation");
		return;
	}
	watch_tick(f->watch, now_ms);
	watch_version(f->watch, generation, version);
	moved(f);
}

/* ---- time ---- */

static void on_tick(void *arg)
{
	struct store_follow *f = arg;
	uint64_t now_ms = clock_now_ms();

	loop_timer_start(f->loop, f->timer, TICK_MS);
	watch_tick(f->watch, now_ms);
	if (f->sub == SUB_DOWN)
		return;
	if ((f->sub == SUB_ASKED || f->sub == SUB_PROBED) && now_ms - f->asked_ms >= PROBE_LIMIT_MS) {
		store_link_reset(f->subscriber, "the subscription is not confirmed");
		return;
	}
	if (f->sub == SUB_CONFIRMED && now_ms - f->heard_ms >= PROBE_AFTER_MS) {
		set_sub(f, SUB_PROBED);
		store_link_subscribe(f->subscriber, slice_from_str(f->channel), on_message, f);
	}
	if (f->sub != SUB_ASKED && now_ms - f->version_ms >= VERSION_INTERVAL_MS)
		ask_version(f);
}

/* ---- life ---- */

struct store_follow *store_follow_new(struct loop *loop, struct store *store, enum store_topic topic,
	const struct store_follow_ops *ops, void *arg)
{
	struct store_follow *f = mem_zalloc(sizeof(*f));

	f->loop = loop;
	f->store = store;
	f->table = ops;
	f->table_arg = arg;
	f->name = topic == STORE_TOPIC_ROUTES ? STORE_KEY_ROUTES : STORE_KEY_RECORDS;
	int len = snprintf(f->channel, sizeof(f->channel), "%.*s%s", SLICE_ARG(store_prefix(store)), f->name);
	ensure(len > 0 && (size_t)len < sizeof(f->channel));
	f->reader = topic_reader_new(store, topic, &reader_ops, f);
	f->watch_ops = (struct watch_ops){
		.fetch_snapshot = fetch_snapshot, .fetch_gap = fetch_gap, .table = ops, .table_arg = arg};
	f->watch = watch_new(&f->watch_ops, f);
	topic_reader_set_watch(f->reader, f->watch);
	f->timer = loop_timer_new(loop, on_tick, f);
	ensure(f->timer);
	loop_timer_start(loop, f->timer, TICK_MS);
	f->subscriber = store_link_new(loop, store_url(store),
		topic == STORE_TOPIC_ROUTES ? "follow-routes" : "follow-records", &subscriber_ops, f);
	f->listener = (struct store_listener){.event = on_store_event, .arg = f};
	store_listen(store, &f->listener);
	return f;
}

void store_follow_free(struct store_follow *f)
{
	if (!f)
		return;
	store_unlisten(f->store, &f->listener);
	store_link_free(f->subscriber);
	topic_reader_free(f->reader);
	loop_timer_free(f->loop, f->timer);
	watch_free(f->watch);
	free(f);
}

bool store_follow_ready(const struct store_follow *f)
{
	return watch_ready(f->watch);
}

void store_follow_position(const struct store_follow *f, uint64_t *ret_generation, uint64_t *ret_version)
{
	watch_position(f->watch, ret_generation, ret_version);
}

uint64_t store_follow_stale_ms(const struct store_follow *f)
{
	if (!watch_ready(f->watch))
		return UINT64_MAX;
	return clock_now_ms() - watch_current_at_ms(f->watch);
}

uint64_t store_follow_digest(const struct store_follow *f)
{
	return watch_digest(f->watch);
}

uint64_t store_follow_count(const struct store_follow *f)
{
	return watch_count(f->watch);
}

struct store_follow_stats store_follow_stats(const struct store_follow *f)
{
	const struct watch_stats *stats = watch_stats(f->watch);

	return (struct store_follow_stats){
		.messages = f->messages,
		.applied = stats->applied,
		.refused = stats->refused,
		.gaps = stats->gaps,
		.snapshots = stats->snapshots,
		.empty_refused = stats->empty_refused,
		.resubscribes = f->resubscribes,
	};
}
