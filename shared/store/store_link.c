/*
 * store_link.c: see store_link.h; this half is the connection: hiredis, its hooks into our loop, commands and
 * messages. When to connect and whom to tell is store_link_life.c.
 *
 * hiredis calls back from inside its read and write handlers, and frees its context there when the peer is
 * gone. So nothing here frees the context inside a callback: callbacks only note link_want_close(), and
 * link_leave(), which ends every entry from the loop, closes, tells, and frees the link itself when it was
 * given up meanwhile.
 */
#include "shared/store/store_link.h"

#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include "shared/base/ensure.h"
#include "shared/store/store_link_private.h"

enum {
	KEEPALIVE_IDLE_S = 2,
	KEEPALIVE_INTERVAL_S = 1,
	KEEPALIVE_PROBES = 2,
	USER_TIMEOUT_MS = 4000, /* unacknowledged bytes: the peer's host or the way to it is gone */
	MAX_ARGS = 4096,
};

struct subscription {
	struct list node; /* link->subscriptions */
	struct store_link *link;
	store_message_fn *fn;
	void *arg;
	char channel[]; /* NUL-terminated */
};

/* ---- commands ---- */

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
		link_want_close(link, &err);
		link_queue_answer(&link->queue, command, NULL, &err);
	} else {
		link_queue_answer(&link->queue, command, reply, NULL);
	}
}

void link_send(struct store_link *link, struct link_command *command, size_t argc, const struct slice *argv)
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
		link_fail_later(link, command, &err);
	} else if (link_queue_next_ms(&link->queue) != next_ms) {
		link_watch_deadlines(link); /* only then: most commands do not move the timer */
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
		link_fail_later(link, command, &err);
	else
		link_send(link, command, argc, argv);
}

void store_link_refuse(struct store_link *link, const struct err *err, store_reply_fn *done, void *arg)
{
	link_fail_later(link, link_command_new(link, 0, done, arg), err);
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
	list_each (node, &link->subscriptions) {
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

void link_forget_subscriptions(struct store_link *link)
{
	list_each (node, &link->subscriptions)
		free(list_entry(node, struct subscription, node));
	list_init(&link->subscriptions);
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
	link_enter(link);
	if ((events & LOOP_READ) && link->ac)
		redisAsyncHandleRead(link->ac);
	if ((events & LOOP_WRITE) && link->ac)
		redisAsyncHandleWrite(link->ac);
	link_leave(link);
}

/* ---- opening and closing ---- */

static void on_connect(const redisAsyncContext *ac, int status)
{
	struct store_link *link = ac->data;
	struct err err = {0};

	if (status == REDIS_OK) {
		link_connected(link);
		return;
	}
	err_set(&err, ERR_UNAVAILABLE, "cannot connect to Redis at %s:%u: %s", link->url.host, link->url.port,
		ac->errstr);
	link_want_close(link, &err);
}

static void on_disconnect(const redisAsyncContext *ac, int status)
{
	struct store_link *link = ac->data;
	struct err err = {0};

	err_set(&err, ERR_UNAVAILABLE, "Redis closed the connection: %s",
		status == REDIS_OK || !ac->errstr ? "no reason given" : ac->errstr);
	link_want_close(link, &err);
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

void link_open(struct store_link *link, const struct ip_addr *address)
{
	char text[IP_TEXT_BYTES];
	struct err err = {0};

	ip_addr_text(address, text);
	redisAsyncContext *ac = redisAsyncConnect(text, link->url.port);
	if (!ac || ac->err) {
		err_set(&err, ERR_UNAVAILABLE, "cannot connect to Redis at %s:%u: %s", link->url.host,
			link->url.port, ac ? ac->errstr : "out of memory");
		if (ac)
			redisAsyncFree(ac);
		link_want_close(link, &err);
		return;
	}
	link->io = loop_io_new(link->loop, ac->c.fd, on_io, link);
	if (!link->io) {
		redisAsyncFree(ac);
		err_set(&err, ERR_LIMIT, "no room in the event loop for the link to Redis");
		link_want_close(link, &err);
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

void link_close(struct store_link *link)
{
	if (link->ac)
		redisAsyncFree(link->ac); /* on_cleanup() forgets it */
}

bool store_link_is_up(const struct store_link *link)
{
	return link->state == LINK_UP && link->ac && !link->close_wanted && !link->dead;
}

size_t store_link_waiting(const struct store_link *link)
{
	return link->queue.waiting_count;
}
