/*
 * sessions.c: see sessions.h.
 *
 *	sessions_admit → gathered ──(end of the loop turn)──▶ barrier (one script call, up to 100 sessions)
 *	  → known session → waits until the copy has reached the version told → next(req)
 *	  → unknown → 401        Redis away → from the cache and the copy, or 503
 */
#include "api-node/sessions.h"

#include <stdlib.h>
#include <string.h>

#include "api-node/api.h"
#include "api-node/records.h"
#include "api-node/reply.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/hash_map.h"
#include "shared/json/json.h"
#include "shared/loop/loop.h"
#include "shared/store/store_people.h"
#include "shared/store/store_result.h"

enum {
	BARRIER_SESSIONS_MAX = 100,
	CACHE_ENTRIES_MAX = 10000,
	CACHE_LIFE_MS = 5 * 60 * 1000, /* how long a session may read from the copy while Redis is away */
	COPY_WAIT_MS = 3000,           /* how long a read waits for the copy to catch up */
	SWEEP_MS = 250,
	TOKEN_MAX_BYTES = 128,
};

struct waiter {
	struct list node; /* sessions->gathered, a barrier's list, or sessions->behind */
	struct request *req;
	session_next_fn *next;
	uint64_t generation, version; /* while behind: what the copy must reach */
	uint64_t deadline_ms;
};

struct barrier {
	struct sessions *sessions;
	struct waiter *waiters[BARRIER_SESSIONS_MAX];
	size_t count;
};

struct cached {
	char hash[SHA256_HEX_BYTES];
	struct session who;
	uint64_t seen_ms;
};

struct sessions {
	struct api *api;
	struct list gathered, behind;
	struct loop_timer *turn;  /* the end of this loop turn */
	struct loop_timer *sweep; /* deadlines of those behind */
	struct hash_map cache;    /* cached->hash → struct cached, owned */
};

static void cache_put(struct sessions *sessions, const char *hash, const struct session *who)
{
	struct cached *entry = hash_map_find(&sessions->cache, slice_from_str(hash));

	if (!entry) {
		if (sessions->cache.len >= CACHE_ENTRIES_MAX)
			return;
		entry = mem_zalloc(sizeof(*entry));
		memcpy(entry->hash, hash, sizeof(entry->hash));
		hash_map_set(&sessions->cache, slice_from_str(entry->hash), entry);
	}
	entry->who = *who;
	entry->seen_ms = clock_now_ms();
}

static void cache_remove(struct sessions *sessions, const char *hash)
{
	free(hash_map_remove(&sessions->cache, slice_from_str(hash)));
}

static void cache_sweep(struct sessions *sessions, uint64_t now_ms)
{
	size_t cursor = 0;

	for (struct cached *entry; (entry = hash_map_next(&sessions->cache, &cursor));) {
		if (now_ms - entry->seen_ms <= CACHE_LIFE_MS)
			continue;
		cache_remove(sessions, entry->hash);
	}
}

static void waiter_end(struct waiter *waiter)
{
	list_remove(&waiter->node);
	free(waiter);
}

static void waiter_go(struct waiter *waiter)
{
	struct request *req = waiter->req;
	session_next_fn *next = waiter->next;

	waiter_end(waiter);
	next(req);
}

static void waiter_refuse(struct waiter *waiter)
{
	struct request *req = waiter->req;

	waiter_end(waiter);
	reply_problem(req, 401, "err.session", NULL, NULL);
}

/* Redis is away: reads go on from the copy for those we saw lately. */
static void waiter_go_stale(struct sessions *sessions, struct waiter *waiter, const struct err *err)
{
	struct request *req = waiter->req;
	struct cached *entry = hash_map_find(&sessions->cache, slice_from_str(req->caller.session_hash));

	if (req->method != METHOD_GET || !entry || clock_now_ms() - entry->seen_ms > CACHE_LIFE_MS ||
		!records_ready(sessions->api->records)) {
		waiter_end(waiter);
		reply_store_away(req, err);
		return;
	}
	req->caller.who = entry->who;
	req->stale_seconds = records_stale_ms(sessions->api->records) / 1000;
	reply_header(req, "X-Stale-Seconds", "%llu", (unsigned long long)req->stale_seconds);
	waiter_go(waiter);
}

static void waiter_known(struct sessions *sessions, struct waiter *waiter, const struct session *who,
	const struct store_result *result)
{
	waiter->req->caller.who = *who;
	cache_put(sessions, waiter->req->caller.session_hash, who);
	waiter->generation = store_result_uint(result, "gen");
	waiter->version = store_result_uint(result, "records_ver");
	if (records_reached(sessions->api->records, waiter->generation, waiter->version)) {
		waiter_go(waiter);
		return;
	}
	waiter->deadline_ms = clock_now_ms() + COPY_WAIT_MS;
	list_remove(&waiter->node);
	list_append(&sessions->behind, &waiter->node);
	loop_timer_start(sessions->api->loop, sessions->sweep, SWEEP_MS);
}

static void on_barrier(const struct store_result *result, void *arg)
{
	struct barrier *barrier = arg;
	struct sessions *sessions = barrier->sessions;
	struct json *list = NULL;
	const struct json *entry = NULL;
	struct err err = {.code = ERR_UNAVAILABLE, .msg = "the store's answer could not be read"};

	if (result->status == STORE_OK) {
		records_clock(sessions->api->records, store_result_int(result, "now_ms"));
		records_version_seen(sessions->api->records, store_result_uint(result, "gen"),
			store_result_uint(result, "records_ver"));
		list = json_parse(store_result_str(result, "sessions"), NULL, &err);
		entry = json_first(list);
	}
	for (size_t i = 0; i < barrier->count; i++) {
		struct waiter *waiter = barrier->waiters[i];
		struct session who;
		if (!list)
			waiter_go_stale(sessions, waiter, result->err ? result->err : &err);
		else if (entry && session_from_json(entry, &who, &err))
			waiter_known(sessions, waiter, &who, result);
		else {
			cache_remove(sessions, waiter->req->caller.session_hash);
			waiter_refuse(waiter);
		}
		if (entry)
			entry = json_next(entry);
	}
	json_free(list);
	free(barrier);
}

static void send_barrier(struct sessions *sessions)
{
	struct barrier *barrier = mem_zalloc(sizeof(*barrier));
	struct slice hashes[BARRIER_SESSIONS_MAX];

	barrier->sessions = sessions;
	while (barrier->count < BARRIER_SESSIONS_MAX) {
		struct list *node = list_pop(&sessions->gathered);
		if (!node)
			break;
		struct waiter *waiter = list_entry(node, struct waiter, node);
		hashes[barrier->count] = slice_from_str(waiter->req->caller.session_hash);
		barrier->waiters[barrier->count++] = waiter;
	}
	store_read_barrier(sessions->api->store, hashes, barrier->count, on_barrier, barrier);
}

static void on_turn(void *arg)
{
	struct sessions *sessions = arg;

	while (!list_empty(&sessions->gathered))
		send_barrier(sessions);
}

void sessions_records_advanced(struct sessions *sessions)
{
	struct records *records = sessions->api->records;

	/* The next handlers may add to `behind`: what they add has been checked already. */
	list_each (node, &sessions->behind) {
		struct waiter *waiter = list_entry(node, struct waiter, node);
		if (records_reached(records, waiter->generation, waiter->version))
			waiter_go(waiter);
	}
}

static void on_sweep(void *arg)
{
	struct sessions *sessions = arg;
	uint64_t now_ms = clock_now_ms();
	const struct err late = {.code = ERR_TIMEOUT, .msg = "our copy of the records has fallen behind"};

	sessions_records_advanced(sessions);
	list_each (node, &sessions->behind) {
		struct waiter *waiter = list_entry(node, struct waiter, node);
		if (waiter->deadline_ms <= now_ms)
			waiter_go_stale(sessions, waiter, &late);
	}
	cache_sweep(sessions, now_ms);
	if (!list_empty(&sessions->behind))
		loop_timer_start(sessions->api->loop, sessions->sweep, SWEEP_MS);
}

struct sessions *sessions_new(struct api *api)
{
	struct sessions *sessions = mem_zalloc(sizeof(*sessions));

	sessions->api = api;
	list_init(&sessions->gathered);
	list_init(&sessions->behind);
	hash_map_init(&sessions->cache);
	sessions->turn = loop_timer_new(api->loop, on_turn, sessions);
	sessions->sweep = loop_timer_new(api->loop, on_sweep, sessions);
	return sessions;
}

void sessions_free(struct sessions *sessions)
{
	size_t cursor = 0;
	struct list *node;

	if (!sessions)
		return;
	while ((node = list_pop(&sessions->gathered)) || (node = list_pop(&sessions->behind)))
		free(list_entry(node, struct waiter, node));
	for (struct cached *entry; (entry = hash_map_next(&sessions->cache, &cursor));)
		free(entry);
	hash_map_done(&sessions->cache);
	loop_timer_free(sessions->api->loop, sessions->turn);
	loop_timer_free(sessions->api->loop, sessions->sweep);
	free(sessions);
}

static bool cookie_value(struct slice cookies, const char *name, struct slice *ret_value)
{
	while (cookies.len > 0) {
		struct slice item, key, value;
		slice_cut(cookies, ';', &item, &cookies);
		slice_cut(slice_trim(item, " \t"), '=', &key, &value);
		if (slice_eq_str(key, name)) {
			*ret_value = value;
			return true;
		}
	}
	return false;
}

bool sessions_token(struct slice authorization, struct slice cookies, struct slice *ret_token)
{
	struct slice scheme, token;

	if (authorization.data) {
		if (!slice_cut(authorization, ' ', &scheme, &token) ||
			!slice_eq_icase(scheme, SLICE_LIT("Bearer")))
			return false;
		*ret_token = slice_trim(token, " ");
	} else if (!cookie_value(cookies, "session_id", ret_token)) {
		return false;
	}
	return ret_token->len > 0 && ret_token->len <= TOKEN_MAX_BYTES;
}

void sessions_admit(struct request *req, session_next_fn *next)
{
	struct sessions *sessions = req->api->sessions;
	struct waiter *waiter = mem_zalloc(sizeof(*waiter));
	struct slice token;

	waiter->req = req;
	waiter->next = next;
	list_init(&waiter->node);
	if (!sessions_token(req->headers[HEADER_AUTHORIZATION], req->headers[HEADER_COOKIE], &token)) {
		waiter_refuse(waiter);
		return;
	}
	req->caller.means = req->headers[HEADER_AUTHORIZATION].data ? CALLER_BEARER : CALLER_COOKIE;
	token_hash(token, req->caller.session_hash);
	if (list_empty(&sessions->gathered))
		loop_timer_start(sessions->api->loop, sessions->turn, 0);
	list_append(&sessions->gathered, &waiter->node);
}

struct lookup {
	session_known_fn *done;
	void *arg;
};

static void on_lookup(const struct store_result *result, void *arg)
{
	struct lookup lookup = *(struct lookup *)arg;
	struct err err = {.code = ERR_UNAVAILABLE, .msg = "the store's answer could not be read"};
	struct json *list = NULL;
	struct session who;

	free(arg);
	if (result->status == STORE_OK)
		list = json_parse(store_result_str(result, "sessions"), NULL, NULL);
	if (!list)
		lookup.done(NULL, result->err ? result->err : &err, lookup.arg);
	else if (json_first(list) && session_from_json(json_first(list), &who, NULL))
		lookup.done(&who, NULL, lookup.arg);
	else
		lookup.done(NULL, NULL, lookup.arg);
	json_free(list);
}

void sessions_lookup(struct sessions *sessions, const char *hash, session_known_fn *done, void *arg)
{
	struct slice slice = slice_from_str(hash);
	struct lookup *lookup = mem_zalloc(sizeof(*lookup));

	*lookup = (struct lookup){done, arg};
	store_read_barrier(sessions->api->store, &slice, 1, on_lookup, lookup);
}

static bool listed_origin(const char *urls, struct slice origin)
{
	struct slice rest = slice_from_str(urls), item;

	while (rest.len > 0) {
		slice_cut(rest, ',', &item, &rest);
		item = slice_trim(item, " ");
		while (item.len > 0 && item.data[item.len - 1] == '/')
			item.len--;
		if (item.len > 0 && slice_eq_icase(item, origin))
			return true;
	}
	return false;
}

bool sessions_origin_allowed(const struct api *api, struct slice host, struct slice origin)
{
	struct slice origin_host;

	if (listed_origin(api->config->public_urls, origin))
		return true;
	if (slice_has_prefix(origin, SLICE_LIT("http://")))
		origin_host = slice_from(origin, 7);
	else if (slice_has_prefix(origin, SLICE_LIT("https://")))
		origin_host = slice_from(origin, 8);
	else
		return false;
	return host.data && slice_eq_icase(origin_host, host);
}
