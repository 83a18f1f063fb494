/*
 * store_link_private.h: what store_link.c (the connection: hiredis, its hooks, commands, messages) and
 * store_link_life.c (when to connect, when to give up, who is told) share. For those two only.
 */
#ifndef KP_STORE_STORE_LINK_PRIVATE_H
#define KP_STORE_STORE_LINK_PRIVATE_H

#include "shared/base/backoff.h"
#include "shared/base/ip_addr.h"
#include "shared/base/list.h"
#include "shared/store/store_link.h"
#include "shared/store/store_link_queue.h"
#include "shared/store/store_resolve.h"

struct redisAsyncContext;

enum link_state { LINK_BACKOFF, LINK_RESOLVING, LINK_CONNECTING, LINK_UP };

struct store_link {
	struct loop *loop;                /* borrowed */
	const struct store_link_ops *ops; /* borrowed */
	void *arg;
	struct store_url url;
	const char *name;      /* borrowed */
	enum link_state state; /* written only by set_state() */

	struct redisAsyncContext *ac; /* hiredis frees it; forgotten in on_cleanup() */
	struct loop_io *io;           /* owned; of ac's descriptor */
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

/* ---- store_link.c ---- */

/* Begins to connect; link_connected() or link_want_close() follows. */
void link_open(struct store_link *link, const struct ip_addr *address);
void link_close(struct store_link *link); /* closes what is open; not inside a callback of hiredis */
void link_forget_subscriptions(struct store_link *link);
/* Hands a command to hiredis, whatever the state; there must be a connection. */
void link_send(struct store_link *link, struct link_command *command, size_t argc, const struct slice *argv);

/* ---- store_link_life.c ---- */

void link_connected(struct store_link *link); /* TCP is there: authenticates */
void link_want_close(struct store_link *link, const struct err *err);
/* Around every entry from the loop. The link may be gone after link_leave(). */
void link_enter(struct store_link *link);
void link_leave(struct store_link *link);
/* Tells the command's `done` in a later turn. `err` NULL: why the link breaks. */
void link_fail_later(struct store_link *link, struct link_command *command, const struct err *err);
void link_watch_deadlines(struct store_link *link); /* (re)starts the timer for the earliest */

#endif
