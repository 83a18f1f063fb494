/*
 * sessions.c: see sessions.h.
 *
 *	sessions_admit → gathered ──(end of the loop turn)──▶ barrier (one script call, up to 100 sessions)
 *	  → known session → waits until the copy has reached the version told → next(req)
 *	  → unknown → 401        Redis away → from the cache and the copy, or 503
 *	sessions_caught_up goes the same way, but nobody is asked who they are: the change was made already.
 */
#include "api-node/sessions.h"

#include <stdlib.h>
#include <string.h>

#include "api-node/api.h"
#include "api-node/credentials.h"
#include "api-node/records.h"
#include "api-node/reply.h"
#include "api-node/session_cache.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/json/json.h"
#include "shared/loop/loop.h"
#include "shared/store/store_people.h"
#include "shared/store/store_result.h"

enum {
	BARRIER_SESSIONS_MAX = 100,
	COPY_WAIT_MS = 3000, /* how long a read waits for the copy to catch up */
	SWEEP_MS = 250,
};

struct waiter {
	struct list node; /* sessions->gathered, a barrier's list, or sessions->behind */
	struct request *req;
	session_next_fn *next;
	enum { ADMIT, CATCH_UP } purpose;
	uint64_t generation, version; /* while behind: what the copy must reach */
	uint64_t deadline_ms;
};

struct barrier {
	struct sessions *sessions;
	struct waiter *waiters[BARRIER_SESSIONS_MAX];
	size_t count;
};

struct sessions {
	struct api *api;
	struct list gathered, behind;
	struct loop_timer *turn;  /* the end of this loop turn */
	struct loop_timer *sweep; /* deadlines of those behind */
	struct session_cache *cache;
};

static enum credentials_kind credentials_of(const struct request *req, struct slice *ret_token)
{
	return credentials_token(req->headers[HEADER_AUTHORIZATION], req->headers[HEADER_COOKIE], ret_token);
}

void sessions_refuse(struct request *req)
{
	struct slice token;

	switch (credentials_of(req, &token)) {
	case CREDENTIALS_NONE: reply_problem(req, 401, "err.no_session", NULL, NULL); return;
	case CREDENTIALS_NOT_BEARER: reply_problem(req, 401, "err.not_bearer", NULL, NULL); return;
	case CREDENTIALS_NOBODYS:
	case CREDENTIALS_TOKEN: break;
	}
	reply_problem(req, 401, "err.session", NULL,
		req->headers[HEADER_AUTHORIZATION].data
			? "This token is not known, was revoked or has run out."
			: NULL);
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
	sessions_refuse(req);
}

/* Redis is away: reads go on from the copy for those we saw lately. */
static void waiter_go_stale(struct sessions *sessions, struct waiter *waiter, const struct err *err)
{
	struct request *req = waiter->req;
	const struct session *who;

	if (waiter->purpose == CATCH_UP) {
		waiter_go(waiter);
		return;
	}
	who = session_cache_find(sessions->cache, req->caller.session_hash, clock_now_ms());
	if (req->method != METHOD_GET || !who || !records_ready(sessions->api->records)) {
		waiter_end(waiter);
		reply_store_away(req, err);
		return;
	}
	req->caller.who = *who;
	req->stale_seconds = records_stale_ms(sessions->api->records) / 1000 + 1;
	reply_header(req, "X-Stale-Seconds", "%llu", (unsigned long long)req->stale_seconds);
	waiter_go(waiter);
}

/* The caller is known: on, as soon as the copy has reached what the store has now. */
static void waiter_known(struct sessions *sessions, struct waiter *waiter, const struct store_result *result)
{
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

static void waiter_told(struct sessions *sessions, struct waiter *waiter, const struct json *entry,
	const struct store_result *result)
{
	const char *hash = waiter->req->caller.session_hash;
	struct session who;

	if (waiter->purpose == ADMIT) {
		if (!entry || !session_from_json(entry, &who, NULL)) {
			session_cache_remove(sessions->cache, hash);
			waiter_refuse(waiter);
			return;
		}
		waiter->req->caller.who = who;
		session_cache_put(sessions->cache, hash, &who, clock_now_ms());
	}
	waiter_known(sessions, waiter, result);
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
		if (!list)
			waiter_go_stale(sessions, waiter, result->err ? result->err : &err);
		else
			waiter_told(sessions, waiter, entry, result);
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
	if (!list_empty(&sessions->behind))
		loop_timer_start(sessions->api->loop, sessions->sweep, SWEEP_MS);
}

struct sessions *sessions_new(struct api *api)
{
	struct sessions *sessions = mem_zalloc(sizeof(*sessions));

	sessions->api = api;
	list_init(&sessions->gathered);
	list_init(&sessions->behind);
	sessions->cache = session_cache_new();
	sessions->turn = loop_timer_new(api->loop, on_turn, sessions);
	sessions->sweep = loop_timer_new(api->loop, on_sweep, sessions);
	return sessions;
}

void sessions_free(struct sessions *sessions)
{
	struct list *node;

	if (!sessions)
		return;
	while ((node = list_pop(&sessions->gathered)) || (node = list_pop(&sessions->behind)))
		free(list_entry(node, struct waiter, node));
	session_cache_free(sessions->cache);
	loop_timer_free(sessions->api->loop, sessions->turn);
	loop_timer_free(sessions->api->loop, sessions->sweep);
	free(sessions);
}

/* Asked about at the end of this turn, with all others of it. */
static void gather(struct request *req, session_next_fn *next, int purpose)
{
	struct sessions *sessions = req->api->sessions;
	struct waiter *waiter = mem_zalloc(sizeof(*waiter));

	*waiter = (struct waiter){.req = req, .next = next, .purpose = purpose};
	if (list_empty(&sessions->gathered))
		loop_timer_start(sessions->api->loop, sessions->turn, 0);
	list_append(&sessions->gathered, &waiter->node);
}

void sessions_admit(struct request *req, session_next_fn *next)
{
	struct slice token;

	if (credentials_of(req, &token) != CREDENTIALS_TOKEN) {
		sessions_refuse(req);
		return;
	}
	token_hash(token, req->caller.session_hash);
	gather(req, next, ADMIT);
}

void sessions_caught_up(struct request *req, session_next_fn *next)
{
	gather(req, next, CATCH_UP);
}

void sessions_user_changed(struct sessions *sessions, int64_t user_id)
{
	session_cache_remove_user(sessions->cache, user_id);
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
