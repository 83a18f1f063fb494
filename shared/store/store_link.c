/*
 * store_link.c: see store_link.h.
 *
 *	BACKOFF ──timer──▶ RESOLVING ──▶ CONNECTING ──PONG──▶ UP
 *	   ▲  literals skip RESOLVING        │                │
 *	   └───────── link_lost() ◀──────────┴────────────────┘
 *
 * hiredis calls back from inside its read and write handlers, and frees its context there when the peer is
 *gone. So nothing here frees the context inside a callback: on_reply & co. only note `close_wanted`, and
 *link_leave(), which ends every entry from the loop, closes, tells, and frees the link itself when it was
 *given up meanwhile.
 */
#include "shared/store/store_link.h"

#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include "shared/base/backoff.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/ip_addr.h"
#include "shared/base/list.h"
#include "shared/store/store_link_queue.h"
#include "shared/store/store_resolve.h"

enum {
	KEEPALIVE_IDLE_S = 2,
	KEEPALIVE_INTERVAL_S = 1,
	KEEPALIVE_PROBES = 2,
	USER_TIMEOUT_MS = 4000, /* unacknowledged bytes: the peer's host or the way to it is gone */
	STABLE_MS = 2000,       /* a link that lived this long may come back at once */
	MAX_ARGS = 4096,
};

enum link_state { LINK_BACKOFF, LINK_RESOLVING, LINK_CONNECTING, LINK_UP };

struct subscription {
	struct list node; /* link->subscriptions */
	struct store_link *link;
	store_message_fn *fn;
	void *arg;
	char channel[]; /* NUL-terminated */
};

struct store_link {
	struct loop *loop;                /* borrowed */
	const struct store_link_ops *ops; /* borrowed */
	void *arg;
	struct store_url url;
	const char *name;      /* borrowed */
	enum link_state state; /* written only by set_state() */

	redisAsyncContext *ac; /* hiredis frees it; forgotten in on_cleanup() */
	struct loop_io *io;    /* owned; of ac's descriptor */
	unsigned want;
	struct store_resolve *resolve; /* owned; only while RESOLVING */
	struct ip_addr addresses[STORE_RESOLVE_MAX];
	size_t address_count, address_next;

	struct loop_timer *phase_timer;    /* owned: backoff, or the limit of connecting */
	struct loop_timer *deadline_timer; /* owned: the earliest deadline */
	struct loop_timer *turn_timer;     /* owned: what must not happen inside a call */
	struct backoff backoff;
	uint64_t up_since_ms;
	uint64_t attempts;

	struct link_queue queue;
	struct list subscriptions;

	unsigned depth;    /* entries from the loop we are inside of */
	bool close_wanted; /* close in link_leave(); `reason` says why */
	bool dead;         /* store_link_free() was called: destroy in link_leave() */
	struct err reason;
};

static void link_leave(struct store_link *link);

static void set_state(struct store_link *link, enum link_state state)
{
	link->state = state;
	if (state == LINK_UP)
		link->up_since_ms = clock_now_ms();
}

static void want_close(struct store_link *link, const struct err *err)
{
	if (link->close_wanted)
		return; /* the first reason is the cause, the others follow from it */
	link->close_wanted = true;
	link->reason = *err;
}

/* ---- commands ---- */

static void fail_later(struct store_link *link, struct link_command *command, const struct err *err)
{
	link_queue_fail(&link->queue, command, err);
	loop_timer_start(link->loop, link->turn_timer, 0);
}

static void deadline_timer_restart(struct store_link *link)
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

	link->depth++;
	err_set(&err, ERR_TIMEOUT, "Redis did not answer in time");
	link_queue_expire(&link->queue, now_ms, &err);
	if (link_queue_is_stuck(&link->queue, now_ms))
		want_close(link, &err);
	if (!link->dead)
		deadline_timer_restart(link);
	link_leave(link);
}

/* A server that is loading, or has become somebody's replica, is no store for us: as if it were gone. */
static bool reply_means_gone(const struct store_reply *reply, struct err *err)
{
	if (!store_reply_is_error(reply, "LOADING") && !store_reply_is_error(reply, "READONLY") &&
		!store_reply_is_error(reply, "MASTERDOWN"))
		return false;
	err_set(err, ERR_UNAVAILABLE, "Redis: %.*s", SLICE_ARG(store_reply_str(reply)));
	return true;
}

static void on_reply(redisAsyncContext *ac, void *reply, void *privdata)
{
	struct link_command *command = privdata;
	struct store_link *link = command->link;
	struct err err = {0};

	(void)ac;
	if (!reply) { /* the context is being freed: link_lost() knows why, and tells */
		link_queue_fail(&link->queue, command, NULL);
	} else if (reply_means_gone(reply, &err)) {
		want_close(link, &err);
		link_queue_answer(&link->queue, command, NULL, &err);
	} else {
		link_queue_answer(&link->queue, command, reply, NULL);
	}
}

/* Hands a command to hiredis, whatever the state; ac must be there. */
static void command_start(
	struct store_link *link, struct link_command *command, size_t argc, const struct slice *argv)
{
	const char *few_texts[16], **texts = few_texts;
	size_t few_sizes[16], *sizes = few_sizes;
	struct err err = {0};

	if (argc > ARRAY_LEN(few_texts)) {
		texts = mem_alloc(argc * sizeof(*texts));
		sizes = mem_alloc(argc * sizeof(*sizes));
	}
	for (size_t i = 0; i < argc; i++) {
		texts[i] = argv[i].data ? argv[i].data : "";
		sizes[i] = argv[i].len;
	}
	uint64_t next_ms = link_queue_next_ms(&link->queue);
	link_queue_sent(&link->queue, command);
	if (redisAsyncCommandArgv(link->ac, on_reply, command, (int)argc, texts, sizes) != REDIS_OK) {
		err_set(&err, ERR_UNAVAILABLE, "the link to Redis is closing");
		fail_later(link, command, &err);
	} else if (link_queue_next_ms(&link->queue) != next_ms) {
		deadline_timer_restart(link); /* only then: most commands do not move the timer */
	}
	if (texts != few_texts) {
		free(texts);
		free(sizes);
	}
}

void store_link_command(struct store_link *link, uint32_t deadline_ms, size_t argc, const struct slice *argv,
	store_reply_fn *done, void *arg)
{
	struct link_command *command = link_command_new(link, deadline_ms, done, arg);
	struct err err = {0};

	ensure(argc > 0 && argc <= MAX_ARGS && done);
	if (!store_link_is_up(link))
		err_set(&err, ERR_UNAVAILABLE, "no connection to Redis");
	else if (link->queue.waiting_count >= STORE_LINK_MAX_WAITING)
		err_set(&err, ERR_LIMIT, "too many waiting commands");
	if (err.code)
		fail_later(link, command, &err);
	else
		command_start(link, command, argc, argv);
}

void store_link_refuse(struct store_link *link, const struct err *err, store_reply_fn *done, void *arg)
{
	fail_later(link, link_command_new(link, 0, done, arg), err);
}

/* ---- pub/sub ---- */

static void on_message(redisAsyncContext *ac, void *raw_reply, void *privdata)
{
	struct subscription *sub = privdata;
	const struct store_reply *reply = raw_reply;
	struct slice kind = store_reply_str(store_reply_at(reply, 0)), payload = SLICE_NONE;

	(void)ac;
	if (!reply || sub->link->dead || sub->link->close_wanted)
		return;
	if (slice_eq_str(kind, "message")) {
		payload = store_reply_str(store_reply_at(reply, 2));
		if (!payload.data)
			payload = SLICE_LIT("");
	} else if (!slice_eq_str(kind, "subscribe")) {
		return;
	}
	sub->fn(slice_from_str(sub->channel), payload, sub->arg);
}

void store_link_subscribe(struct store_link *link, struct slice channel, store_message_fn *fn, void *arg)
{
	struct subscription *sub = NULL;

	if (!store_link_is_up(link))
		return; /* `down` is on its way, and `up` after it */
	list_each(node, &link->subscriptions)
	{
		struct subscription *known = list_entry(node, struct subscription, node);
		if (slice_eq_str(channel, known->channel))
			sub = known;
	}
	if (!sub) {
		sub = mem_zalloc(sizeof(*sub) + channel.len + 1);
		memcpy(sub->channel, channel.data, channel.len);
		list_append(&link->subscriptions, &sub->node);
	}
	sub->link = link;
	sub->fn = fn;
	sub->arg = arg;
	const char *argv[2] = {"SUBSCRIBE", sub->channel};
	size_t sizes[2] = {strlen("SUBSCRIBE"), channel.len};
	if (redisAsyncCommandArgv(link->ac, on_message, sub, 2, argv, sizes) != REDIS_OK)
		store_link_reset(link, "a subscription could not be sent");
}

static void free_subscriptions(struct store_link *link)
{
	struct list *node;

	while ((node = list_pop(&link->subscriptions)))
		free(list_entry(node, struct subscription, node));
}

/* ---- hiredis' hooks into our loop ---- */

static void want(struct store_link *link, unsigned events)
{
	if (link->io && events != link->want)
		loop_io_want(link->loop, link->io, events);
	link->want = events;
}

static void add_read(void *arg)
{
	struct store_link *link = arg;

	want(link, link->want | LOOP_READ);
}

static void del_read(void *arg)
{
	struct store_link *link = arg;

	want(link, link->want & ~(unsigned)LOOP_READ);
}

static void add_write(void *arg)
{
	struct store_link *link = arg;

	want(link, link->want | LOOP_WRITE);
}

static void del_write(void *arg)
{
	struct store_link *link = arg;

	want(link, link->want & ~(unsigned)LOOP_WRITE);
}

/* hiredis is about to free the context and to close its descriptor. */
static void on_cleanup(void *arg)
{
	struct store_link *link = arg;

	if (!link->ac)
		return;
	loop_io_free(link->loop, link->io);
	link->io = NULL;
	link->want = 0;
	link->ac = NULL;
}

static void on_io(int fd, unsigned events, void *arg)
{
	struct store_link *link = arg;

	(void)fd;
	link->depth++;
	if ((events & LOOP_READ) && link->ac)
		redisAsyncHandleRead(link->ac);
	if ((events & LOOP_WRITE) && link->ac)
		redisAsyncHandleWrite(link->ac);
	link_leave(link);
}

/* ---- connecting ---- */

static void on_handshake(const struct store_reply *reply, const struct err *lost, void *arg)
{
	struct store_link *link = arg;
	struct err err = {0};

	if (lost)
		want_close(link, lost);
	else if (store_reply_type(reply) == STORE_REPLY_ERROR) {
		err_set(&err, ERR_UNAVAILABLE, "Redis refuses us: %.*s", SLICE_ARG(store_reply_str(reply)));
		want_close(link, &err);
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
	command_start(link, link_command_new(link, STORE_LINK_CONNECT_MS, done, link), argc, argv);
}

static void handshake(struct store_link *link)
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

static void on_connect(const redisAsyncContext *ac, int status)
{
	struct store_link *link = ac->data;
	struct err err = {0};

	if (status == REDIS_OK) {
		handshake(link);
		return;
	}
	err_set(&err, ERR_UNAVAILABLE, "cannot connect to Redis at %s:%u: %s", link->url.host, link->url.port,
		ac->errstr);
	want_close(link, &err);
}

static void on_disconnect(const redisAsyncContext *ac, int status)
{
	struct store_link *link = ac->data;
	struct err err = {0};

	err_set(&err, ERR_UNAVAILABLE, "Redis closed the connection: %s",
		status == REDIS_OK || !ac->errstr ? "no reason given" : ac->errstr);
	want_close(link, &err);
}

static void set_socket_options(int fd)
{
	int on = 1, idle_s = KEEPALIVE_IDLE_S, interval_s = KEEPALIVE_INTERVAL_S, probes = KEEPALIVE_PROBES;
	unsigned user_timeout_ms = USER_TIMEOUT_MS;

	/* Each only shortens how long a silent loss stays unnoticed; our own deadlines hold without them. */
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof(interval_s));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof(user_timeout_ms));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void connect_next(struct store_link *link)
{
	char text[IP_TEXT_BYTES];
	struct err err = {0};

	ip_addr_text(&link->addresses[link->address_next++], text);
	link->close_wanted = false;
	set_state(link, LINK_CONNECTING);
	loop_timer_start(link->loop, link->phase_timer, STORE_LINK_CONNECT_MS);
	redisAsyncContext *ac = redisAsyncConnect(text, link->url.port);
	if (!ac || ac->err) {
		err_set(&err, ERR_UNAVAILABLE, "cannot connect to Redis at %s:%u: %s", link->url.host,
			link->url.port, ac ? ac->errstr : "out of memory");
		if (ac)
			redisAsyncFree(ac);
		want_close(link, &err);
		return;
	}
	link->io = loop_io_new(link->loop, ac->c.fd, on_io, link);
	if (!link->io) {
		redisAsyncFree(ac);
		err_set(&err, ERR_LIMIT, "no room in the event loop for the link to Redis");
		want_close(link, &err);
		return;
	}
	set_socket_options(ac->c.fd);
	link->ac = ac;
	ac->data = link;
	ac->ev.data = link;
	ac->ev.addRead = add_read;
	ac->ev.delRead = del_read;
	ac->ev.addWrite = add_write;
	ac->ev.delWrite = del_write;
	ac->ev.cleanup = on_cleanup;
	redisAsyncSetConnectCallback(ac, on_connect); /* asks for the first write event */
	redisAsyncSetDisconnectCallback(ac, on_disconnect);
}

static void on_resolved(const struct ip_addr *addresses, size_t count, const struct err *err, void *arg)
{
	struct store_link *link = arg;

	link->depth++;
	if (count) {
		memcpy(link->addresses, addresses, count * sizeof(*addresses));
		link->address_count = count;
		link->address_next = 0;
		connect_next(link);
	} else {
		want_close(link, err);
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
		want_close(link, &err);
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
	free_subscriptions(link);
	loop_timer_stop(link->loop, link->deadline_timer);
	loop_timer_start(link->loop, link->phase_timer, backoff_next_ms(&link->backoff));
	link_queue_blame(&link->queue, &reason);
	link_queue_tell_failed(&link->queue);
	if (!link->dead)
		link->ops->down(link->arg, &reason);
}

static void link_destroy(struct store_link *link)
{
	if (link->ac)
		redisAsyncFree(link->ac); /* calls back for what waits: nobody is told any more */
	free_subscriptions(link);
	store_resolve_free(link->resolve);
	loop_timer_free(link->loop, link->phase_timer);
	loop_timer_free(link->loop, link->deadline_timer);
	loop_timer_free(link->loop, link->turn_timer);
	explicit_bzero(&link->url, sizeof(link->url));
	free(link);
}

/* Ends every entry from the loop. */
static void link_leave(struct store_link *link)
{
	if (link->depth > 1) {
		link->depth--;
		return;
	}
	if (link->close_wanted && !link->dead) {
		if (link->ac)
			redisAsyncFree(link->ac);
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

	link->depth++;
	if (link->state == LINK_BACKOFF) {
		attempt(link);
	} else if (link->state == LINK_CONNECTING) {
		err_set(&err, ERR_TIMEOUT, "no connection to Redis at %s:%u within %d ms", link->url.host,
			link->url.port, STORE_LINK_CONNECT_MS);
		want_close(link, &err);
	}
	link_leave(link);
}

static void on_turn(void *arg)
{
	struct store_link *link = arg;

	link->depth++;
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

bool store_link_is_up(const struct store_link *link)
{
	return link->state == LINK_UP && link->ac && !link->close_wanted && !link->dead;
}

size_t store_link_waiting(const struct store_link *link)
{
	return link->queue.waiting_count;
}

uint64_t store_link_reconnects(const struct store_link *link)
{
	return link->attempts ? link->attempts - 1 : 0;
}
