/*
 * store.h: the state in Redis as a node sees it: the command link, the key prefix, and the opening of the
 * store on each connect: INFO server → generation_bump(run_id) → store_open(schema, key check) → "up".
 * Operations are in store_proxies.h, store_jobs.h …; following a topic is store_follow.h. It decides nothing
 * about the process: a fatal event is told, and the program exits.
 */
#ifndef KP_STORE_STORE_H
#define KP_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/list.h"
#include "shared/base/slice.h"
#include "shared/loop/loop.h"
#include "shared/store/store_link.h"
#include "shared/store/store_result.h"
#include "shared/store/store_script_texts.h"

enum { STORE_SCHEMA_VERSION = 1 };

struct store;

struct store_options {
	struct store_url url;
	const char *prefix;    /* "{kp}:"; copied */
	const char *key_check; /* 64 hex digits that only our SECRET_KEY gives; copied */
};

enum store_event {
	STORE_EVENT_UP,    /* open and usable; store_generation() is known */
	STORE_EVENT_DOWN,  /* the link broke or opening failed; it goes on trying; told again when the reason
			      changes */
	STORE_EVENT_FATAL, /* wrong SECRET_KEY, or data of a newer program: the process should say so and exit
			    */
};

/* Whoever wants to know. The struct is the caller's and must stay until store_unlisten(). `err` is NULL for
 * UP. A listener added while the store is up is told so, after store_listen() has returned. */
struct store_listener {
	void (*event)(void *arg, enum store_event event, const struct err *err);
	void *arg;
	struct list node; /* the store's */
	bool told_up;     /* the store's */
};

/* Starts to connect. */
struct store *store_new(struct loop *loop, const struct store_options *options) MUST_CHECK;
/* Ends everything that waits (STORE_LOST) before it returns. Not inside a callback of the store. Followers
 * and links of others go first. */
void store_free(struct store *store);

void store_listen(struct store *store, struct store_listener *listener);
void store_unlisten(struct store *store, struct store_listener *listener);

bool store_is_up(const struct store *store);
uint64_t store_generation(const struct store *store); /* 0 until the first UP; the last known while down */
struct slice store_prefix(const struct store *store);
struct loop *store_loop(const struct store *store);
const struct store_url *store_url(const struct store *store); /* for links of one's own */
struct store_link *store_command_link(struct store *store);   /* for metrics */

/* A plain read, for the few that are not scripts (XREADGROUP without BLOCK, HSCAN, XRANGE, GET …). A store
 * that is not up fails it. Blocking reads need a link of their own: store_link_new(). */
void store_command(struct store *store, uint32_t deadline_ms, size_t argc, const struct slice *argv,
	store_reply_fn *done, void *arg);

/* For store_script.c: a command that runs `script`. The scripts that open the store pass before it is up. */
void store_script_command(struct store *store, enum store_script script, uint32_t deadline_ms, size_t argc,
	const struct slice *argv, store_reply_fn *done, void *arg);

#endif
