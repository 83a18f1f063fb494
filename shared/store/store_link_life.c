/*
 * store_link_life.c: see store_link.h; this half is the link's life: when to connect and to whom, when to
 * give up, and who is told. The connection itself is store_link.c.
 *
 *	BACKOFF ──timer──▶ RESOLVING ──▶ CONNECTING ──PONG──▶ UP
 *	   ▲  literals skip RESOLVING        │                │
 *	   └───────── link_lost() ◀──────────┴────────────────┘
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/store/store_link_private.h"

enum { STABLE_MS = 2000 /* a link that lived this long may come back at once */ };

static void set_state(struct store_link *link, enum link_state state)
{
	link->state = state;
	if (state == LINK_UP)
		link->up_since_ms = clock_now_ms();
}

void link_want_close(struct store_link *link, const struct err *err)
{
	if (link->close_wanted)
		return; /* the first reason is the cause, the others follow from it */
	link->close_wanted = true;
	link->reason = *err;
}

void link_enter(struct store_link *link)
{
	link->depth++;
}

/* ---- deadlines ---- */

void link_fail_later(struct store_link *link, struct link_command *command, const struct err *err)
{
	link_queue_fail(&link->queue, command, err);
	loop_timer_start(link->loop, link->turn_timer, 0);
}

void link_watch_deadlines(struct store_link *link)
{
	uint64_t now_ms = clock_now_ms(), next_ms = link_queue_next_ms(&link->queue);

	if (next_ms == UINT64_MAX)
		loop_timer_stop(link->loop, link->deadline_timer);
	else
		loop_timer_start(link->loop, link->deadline_timer, next_ms > now_ms ? next_ms - now_ms : 0);
}

static void on_deadline(void *arg)
{
	struct store_link *link = arg;
	uint64_t now_ms = clock_now_ms();
	struct err err = {0};

	link_enter(link);
	err_set(&err, ERR_TIMEOUT, "Redis did not answer in time");
	link_queue_expire(&link->queue, now_ms, &err);
	if (link_queue_is_stuck(&link->queue, now_ms))
		link_want_close(link, &err);
	if (!link->dead)
		link_watch_deadlines(link);
	link_leave(link);
}

/* ---- connecting ---- */

static void on_handshake(const struct store_reply *reply, const struct err *lost, void *arg)
{
	struct store_link *link = arg;
	struct err err = {0};

	if (lost)
		link_want_close(link, lost);
	else if (store_reply_type(reply) == STORE_REPLY_ERROR) {
		err_set(&err, ERR_UNAVAILABLE, "Redis refuses us: %.*s", SLICE_ARG(store_reply_str(reply)));
		link_want_close(link, &err);
	}
}

/* A name helps whoever reads CLIENT LIST; a server that forbids it is fine. */
static void on_named(const struct store_reply *reply, const struct err *lost, void *arg)
{
	(void)reply;
	(void)lost;
	(void)arg;
}

/* The PING's answer ends the handshake: AUTH and SELECT went before it. */
static void on_first_pong(const struct store_reply *reply, const struct err *lost, void *arg)
{
	struct store_link *link = arg;

	on_handshake(reply, lost, arg);
	if (link->close_wanted || link->dead)
		return;
	loop_timer_stop(link->loop, link->phase_timer);
	set_state(link, LINK_UP);
	link->ops->up(link->arg);
}

static void handshake_send(
	struct store_link *link, store_reply_fn *done, size_t argc, const struct slice *argv)
{
	link_send(link, link_command_new(link, STORE_LINK_CONNECT_MS, done, link), argc, argv);
}

void link_connected(struct store_link *link)
{
	const struct store_url *url = &link->url;
	struct slice auth[3] = {SLICE_LIT("AUTH"), slice_from_str(url->user), slice_from_str(url->password)};
	char db[16];

	if (url->password[0] && url->user[0]) {
		handshake_send(link, on_handshake, 3, auth);
	} else if (url->password[0]) {
		auth[1] = auth[2];
		handshake_send(link, on_handshake, 2, auth);
	}
	if (url->db) {
		snprintf(db, sizeof(db), "%u", url->db);
		handshake_send(
			link, on_handshake, 2, (struct slice[]){SLICE_LIT("SELECT"), slice_from_str(db)});
	}
	handshake_send(link, on_named, 3,
		(struct slice[]){SLICE_LIT("CLIENT"), SLICE_LIT("SETNAME"), slice_from_str(link->name)});
	handshake_send(link, on_first_pong, 1, &SLICE_LIT("PING"));
}

static void connect_next(struct store_link *link)
{
	set_state(link, LINK_CONNECTING);
	loop_timer_start(link->loop, link->phase_timer, STORE_LINK_CONNECT_MS);
	link_open(link, &link->addresses[link->address_next++]);
}

static void on_resolved(const struct ip_addr *addresses, size_t count, const struct err *err, void *arg)
{
	struct store_link *link = arg;

	link_enter(link);
	if (count) {
		memcpy(link->addresses, addresses, count * sizeof(*addresses));
		link->address_count = count;
		link->address_next = 0;
		connect_next(link);
	} else {
		link_want_close(link, err);
	}
	store_resolve_free(link->resolve);
	link->resolve = NULL;
	link_leave(link);
}

/* One attempt: the next address of the last answer; when all were tried, a new answer. */
static void attempt(struct store_link *link)
{
	struct err err = {0};

	link->attempts++;
	if (link->address_next < link->address_count) {
		connect_next(link);
		return;
	}
	link->address_next = link->address_count = 0;
	if (ip_addr_parse(slice_from_str(link->url.host), &link->addresses[0])) {
		link->address_count = 1;
		connect_next(link);
		return;
	}
	set_state(link, LINK_RESOLVING);
	link->resolve = store_resolve_start(link->loop, link->url.host, on_resolved, link, &err);
	if (!link->resolve)
		link_want_close(link, &err);
}

/* The connection, or the attempt, is over: the waiting learn it, then the owner; then the next attempt is
 * due. */
static void link_lost(struct store_link *link)
{
	bool was_stable = link->state == LINK_UP && clock_now_ms() - link->up_since_ms >= STABLE_MS;
	struct err reason = link->reason;

	if (was_stable) {
		backoff_reset(&link->backoff);
		link->address_next = 0; /* the address was good */
	}
	link->close_wanted = false;
	set_state(link, LINK_BACKOFF);
	link_forget_subscriptions(link);
	loop_timer_stop(link->loop, link->deadline_timer);
	loop_timer_start(link->loop, link->phase_timer, backoff_next_ms(&link->backoff));
	link_queue_blame(&link->queue, &reason);
	link_queue_tell_failed(&link->queue);
	if (!link->dead && link->ops->down)
		link->ops->down(link->arg, &reason);
}

static void link_destroy(struct store_link *link)
{
	link_close(link); /* calls back for what waits: nobody is told any more */
	link_forget_subscriptions(link);
	store_resolve_free(link->resolve);
	loop_timer_free(link->loop, link->phase_timer);
	loop_timer_free(link->loop, link->deadline_timer);
	loop_timer_free(link->loop, link->turn_timer);
	explicit_bzero(&link->url, sizeof(link->url));
	free(link);
}

/* Ends every entry from the loop. */
void link_leave(struct store_link *link)
{
	if (link->depth > 1) {
		link->depth--;
		return;
	}
	if (link->close_wanted && !link->dead) {
		link_close(link);
		link_lost(link);
	}
	link->depth--;
	if (link->dead)
		link_destroy(link);
}

/* ---- timers ---- */

static void on_phase(void *arg)
{
	struct store_link *link = arg;
	struct err err = {0};

	link_enter(link);
	if (link->state == LINK_BACKOFF) {
		attempt(link);
	} else if (link->state == LINK_CONNECTING) {
		err_set(&err, ERR_TIMEOUT, "no connection to Redis at %s:%u within %d ms", link->url.host,
			link->url.port, STORE_LINK_CONNECT_MS);
		link_want_close(link, &err);
	}
	link_leave(link);
}

static void on_turn(void *arg)
{
	struct store_link *link = arg;

	link_enter(link);
	link_queue_tell_failed(&link->queue);
	link_leave(link);
}

/* ---- life ---- */

struct store_link *store_link_new(struct loop *loop, const struct store_url *url, const char *name,
	const struct store_link_ops *ops, void *arg)
{
	struct store_link *link = mem_zalloc(sizeof(*link));

	*link = (struct store_link){.loop = loop, .ops = ops, .arg = arg, .url = *url, .name = name};
	link_queue_init(&link->queue);
	list_init(&link->subscriptions);
	backoff_init(&link->backoff, STORE_LINK_BACKOFF_MIN_MS, STORE_LINK_BACKOFF_MAX_MS);
	link->phase_timer = loop_timer_new(loop, on_phase, link);
	link->deadline_timer = loop_timer_new(loop, on_deadline, link);
	link->turn_timer = loop_timer_new(loop, on_turn, link);
	ensure(link->phase_timer && link->deadline_timer && link->turn_timer);
	loop_timer_start(loop, link->phase_timer, 0);
	return link;
}

void store_link_free(struct store_link *link)
{
	struct err err = {0};

	if (!link || link->dead)
		return;
	link->dead = true;
	err_set(&err, ERR_UNAVAILABLE, "the link to Redis was given up");
	link->depth++; /* keep the link while its waiting are told */
	link_queue_abandon(&link->queue, &err);
	link->depth--;
	if (link->depth == 0)
		link_destroy(link);
}

void store_link_reset(struct store_link *link, const char *reason)
{
	if ((link->state != LINK_UP && link->state != LINK_CONNECTING) || link->close_wanted)
		return;
	link->close_wanted = true;
	err_set(&link->reason, ERR_UNAVAILABLE, "%s", reason);
	loop_timer_start(link->loop, link->turn_timer, 0);
}

void store_link_hurry(struct store_link *link)
{
	if (link->state == LINK_BACKOFF)
		loop_timer_start(link->loop, link->phase_timer, 0);
}

uint64_t store_link_reconnects(const struct store_link *link)
{
	return link->attempts ? link->attempts - 1 : 0;
}
