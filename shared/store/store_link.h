/*
 * store_link.h: one connection to Redis that keeps itself up: resolves, connects, authenticates, reconnects
 * with jittered backoff, fails what was waiting when it breaks, and gives each command a deadline. hiredis
 * lives here and in store_reply.c, nowhere else. It knows nothing of scripts, keys or generations: that is
 * store.h, which embeds one. Others make links of their own for blocking reads and for subscriptions.
 *
 * Everything happens on the loop's thread. Callbacks never come from inside a call of this header. The
 * process must ignore SIGPIPE (proc_ignore_sigpipe()): hiredis writes with write(2).
 */
#ifndef KP_STORE_STORE_LINK_H
#define KP_STORE_STORE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/slice.h"
#include "shared/loop/loop.h"
#include "shared/store/store_reply.h"
#include "shared/store/store_url.h"

enum {
	STORE_LINK_CONNECT_MS = 2000,   /* TCP, AUTH, SELECT and the first PING together */
	STORE_LINK_GRACE_MS = 5000,     /* a link silent this long past a deadline is given up */
	STORE_LINK_MAX_WAITING = 20000, /* commands without an answer yet */
	STORE_LINK_BACKOFF_MIN_MS = 50,
	STORE_LINK_BACKOFF_MAX_MS = 2000,
};

struct store_link;

struct store_link_ops {
	void (*up)(void *arg); /* authenticated and answering */
	/* was up, or an attempt failed; it tries again by itself. NULL: not told */
	void (*down)(void *arg, const struct err *err);
};

/* One answer. `reply` NULL: none came, `lost` says why (ERR_TIMEOUT, ERR_UNAVAILABLE, ERR_LIMIT): the command
 * may or may not have been carried out. Exactly once, never before the call returned. */
typedef void store_reply_fn(const struct store_reply *reply, const struct err *lost, void *arg);

/* Pub/sub. `payload.data` NULL: the subscription is confirmed (once for each subscribe, and again after a
 * repeated one). */
typedef void store_message_fn(struct slice channel, struct slice payload, void *arg);

/* Starts to connect at once. `name` (a literal without blanks) is shown by CLIENT LIST. */
struct store_link *store_link_new(struct loop *loop, const struct store_url *url, const char *name,
	const struct store_link_ops *ops, void *arg) MUST_CHECK;

/* Allowed in callbacks of the link itself. Waiting commands end (reply NULL) before it returns, and no
 * callback comes after. */
void store_link_free(struct store_link *link);

bool store_link_is_up(const struct store_link *link);
size_t store_link_waiting(const struct store_link *link);
uint64_t store_link_reconnects(const struct store_link *link); /* attempts after the first; for metrics */

/* Sends a command: argv[0] its name. The bytes are copied. A link that is down fails it (after returning). */
void store_link_command(struct store_link *link, uint32_t deadline_ms, size_t argc, const struct slice *argv,
	store_reply_fn *done, void *arg);

/* Ends a command that is not to be sent at all, the same way: `done` learns `err` after this has returned. */
void store_link_refuse(struct store_link *link, const struct err *err, store_reply_fn *done, void *arg);

/* SUBSCRIBE channel. Holds until the link goes down: subscribe again in `up`. The link then takes no other
 * commands. Repeating it on a live link asks for a new confirmation: the only sign of life a subscriber has.
 */
void store_link_subscribe(struct store_link *link, struct slice channel, store_message_fn *fn, void *arg);

/* Breaks the connection (after returning) and connects anew, as if the peer had gone. For a subscriber that
 * no longer confirms, and for a server that has become a replica. */
void store_link_reset(struct store_link *link, const char *reason);

/* Another link has just found Redis answering: a wait before the next attempt ends now. */
void store_link_hurry(struct store_link *link);

#endif
