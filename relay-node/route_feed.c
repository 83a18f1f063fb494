/* route_feed.c: see route_feed.h. The workers' tables are the tables; kept here is which routes they were
 * sent last, since an endpoint's load outlives its routes and a snapshot's invalid route leaves the last
 * valid one serving, and what a snapshot has staged. */
#include "relay-node/route_feed.h"

#include <stdlib.h>
#include <string.h>

#include "relay-node/mails.h"
#include "relay-node/served_route.h"
#include "relay-node/workers.h"
#include "shared/base/ensure.h"
#include "shared/base/hash_map.h"
#include "shared/base/log.h"

/* An endpoint, in the live or in the next table. */
struct feed_entry {
	struct served_route *served; /* one reference */
	size_t name_len;
	char name[]; /* subdomain: the map's key */
};

struct route_feed {
	struct store_follow *follow; /* owned */
	struct workers *workers;     /* borrowed */
	const struct keyring *kr;    /* borrowed */
	struct hash_map live, next;  /* subdomain → feed_entry, owned */
};

static struct slice entry_key(const struct feed_entry *entry)
{
	return slice_of(entry->name, entry->name_len);
}

static void entry_free(struct feed_entry *entry)
{
	if (!entry)
		return;
	served_route_unref(entry->served);
	free(entry);
}

/* Sets the route of `name`. Takes over `served`. */
static void map_set(struct hash_map *map, struct slice name, struct served_route *served)
{
	struct feed_entry *entry = hash_map_find(map, name);

	if (entry) {
		served_route_unref(entry->served);
		entry->served = served;
		return;
	}
	entry = mem_zalloc(sizeof(*entry) + name.len);
	entry->served = served;
	entry->name_len = name.len;
	memcpy(entry->name, name.data, name.len);
	ensure(hash_map_set(map, entry_key(entry), entry) == NULL);
}

static void map_clear(struct hash_map *map)
{
	struct feed_entry *entry;
	size_t cursor = 0;

	while ((entry = hash_map_next(map, &cursor)) != NULL) {
		hash_map_remove(map, entry_key(entry));
		entry_free(entry);
	}
	hash_map_done(map);
	hash_map_init(map);
}

/* One reference for the caller: the endpoint's load if it has one already, else a new one. */
static struct endpoint_load *load_of(struct route_feed *feed, struct slice name)
{
	struct feed_entry *entry = hash_map_find(&feed->next, name);

	if (!entry)
		entry = hash_map_find(&feed->live, name);
	return entry ? endpoint_load_ref(entry->served->load) : endpoint_load_new();
}

static struct served_route *build(
	struct route_feed *feed, struct slice name, struct slice value, struct err *err)
{
	struct route *route = route_from_json(name, value, err);
	struct served_route *served = NULL;
	struct endpoint_load *load;

	if (!route)
		return NULL;
	if (name.len > SUBDOMAIN_BYTES_MAX) {
		err_set(err, ERR_INVALID, "subdomain longer than %d bytes", SUBDOMAIN_BYTES_MAX);
		goto out;
	}
	load = load_of(feed, name);
	served = served_route_new(route, load, feed->kr, err);
	endpoint_load_unref(load);
out:
	route_unref(route);
	return served;
}

static bool on_check(void *arg, struct slice name, struct slice value, struct err *err)
{
	struct served_route *served = build(arg, name, value, err);

	served_route_unref(served);
	if (!served)
		log_warning("route refused, keeping the old one", log_slice("subdomain", name), log_err(err));
	return served != NULL;
}

static void post_route(
	struct route_feed *feed, enum mail_kind kind, struct slice name, struct served_route *served)
{
	for (uint32_t i = 0; i < feed->workers->started; i++) {
		struct mail_route *mail = mem_zalloc(sizeof(*mail));

		mail->mail.kind = kind;
		mail->served = served ? served_route_ref(served) : NULL;
		ensure(slice_copy(name, mail->subdomain, sizeof(mail->subdomain)));
		worker_post(&feed->workers->list[i], &mail->mail);
	}
}

static bool on_apply(
	void *arg, enum change_op op, struct slice name, struct slice value, uint64_t ver, struct err *err)
{
	struct route_feed *feed = arg;
	struct served_route *served;

	if (op == CHANGE_DEL) {
		struct feed_entry *entry = hash_map_remove(&feed->live, name);

		if (entry)
			post_route(feed, MAIL_ROUTE_DEL, name, NULL);
		entry_free(entry);
		log_info("route gone", log_slice("subdomain", name), log_uint("ver", ver));
		return true;
	}
	served = build(feed, name, value, err);
	if (!served)
		return false;
	post_route(feed, MAIL_ROUTE_SET, name, served);
	log_info("route applied", log_slice("subdomain", name), log_uint("ver", ver),
		log_str("state", route_state_text(served->route->state)),
		log_uint("rotating", served->route->rotating));
	map_set(&feed->live, name, served);
	return true;
}

static bool on_stage(void *arg, struct slice name, struct slice value, uint64_t ver, struct err *err)
{
	struct route_feed *feed = arg;
	struct served_route *served;

	(void)ver;
	if (!value.data) {
		entry_free(hash_map_remove(&feed->next, name));
		return true;
	}
	served = build(feed, name, value, err);
	if (!served) {
		log_warning("route of the snapshot refused", log_slice("subdomain", name), log_err(err));
		return false;
	}
	map_set(&feed->next, name, served);
	return true;
}

static bool on_keep(void *arg, struct slice name)
{
	struct route_feed *feed = arg;
	const struct feed_entry *entry = hash_map_find(&feed->live, name);

	if (!entry)
		return false;
	map_set(&feed->next, name, served_route_ref(entry->served));
	log_warning("the snapshot has no valid route, keeping the old route", log_slice("subdomain", name));
	return true;
}

static struct mail_snapshot *snapshot_new(const struct route_feed *feed)
{
	struct mail_snapshot *mail = mem_zalloc(sizeof(*mail) + feed->next.len * sizeof(void *));
	struct feed_entry *entry;
	size_t cursor = 0;

	mail->mail.kind = MAIL_SNAPSHOT;
	while ((entry = hash_map_next(&feed->next, &cursor)) != NULL)
		mail->served[mail->count++] = served_route_ref(entry->served);
	return mail;
}

static void on_swap(void *arg)
{
	struct route_feed *feed = arg;

	for (uint32_t i = 0; i < feed->workers->started; i++)
		worker_post(&feed->workers->list[i], &snapshot_new(feed)->mail);
	log_notice("routes snapshot applied", log_uint("routes", feed->next.len));
	map_clear(&feed->live);
	feed->live = feed->next;
	hash_map_init(&feed->next);
}

static void on_drop(void *arg)
{
	struct route_feed *feed = arg;

	map_clear(&feed->next);
}

static const struct store_follow_ops ops = {
	.check = on_check,
	.apply = on_apply,
	.stage = on_stage,
	.keep = on_keep,
	.swap = on_swap,
	.drop = on_drop,
};

struct route_feed *route_feed_new(
	struct loop *loop, struct store *store, const struct keyring *kr, struct workers *workers)
{
	struct route_feed *feed = mem_zalloc(sizeof(*feed));

	feed->workers = workers;
	feed->kr = kr;
	hash_map_init(&feed->live);
	hash_map_init(&feed->next);
	feed->follow = store_follow_new(loop, store, STORE_TOPIC_ROUTES, &ops, feed);
	return feed;
}

void route_feed_free(struct route_feed *feed)
{
	if (!feed)
		return;
	store_follow_free(feed->follow);
	map_clear(&feed->live);
	map_clear(&feed->next);
	free(feed);
}

struct store_follow *route_feed_follow(struct route_feed *feed)
{
	return feed->follow;
}

uint64_t route_feed_count(const struct route_feed *feed)
{
	return feed->live.len;
}
