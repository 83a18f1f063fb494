/*
 * worker.h: one thread of the data plane: its loop, its listeners, its connections, its own index of routes.
 * Workers share nothing that changes but counters (counters.h) and endpoint loads (served_route.h);
 * everything else comes and goes by mail. Started and joined by main.c.
 *
 *	epoll_wait → listeners: stages/accept → conn_new
 *	           → connections: conn.c → the stage of the state
 *	           → inbox: routes, drain
 *	→ run-again list → timer wheel → free the dead
 */
#ifndef KP_RELAY_WORKER_H
#define KP_RELAY_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "relay-node/admission.h"
#include "relay-node/chunk_pool.h"
#include "relay-node/counters.h"
#include "relay-node/io.h"
#include "relay-node/limits.h"
#include "relay-node/mailbox.h"
#include "relay-node/pipe_pool.h"
#include "relay-node/relay_config.h"
#include "relay-node/route_table.h"
#include "relay-node/timer_wheel.h"
#include "shared/base/buf.h"
#include "shared/base/list.h"
#include "shared/base/slab.h"

struct keyring;

/* What all threads of the process look at. */
struct relay_shared {
	const struct relay_config *config;
	const struct keyring *keyring;
	struct mailbox *feed_box;       /* where workers write to */
	_Atomic int64_t wall_offset_ms; /* Redis' epoch ms minus our monotonic ms; 0 = not known yet */
};

enum worker_phase {
	WORKER_SERVING,
	WORKER_LAME,     /* still accepting; answers carry Connection: close */
	WORKER_DRAINING, /* no listeners any more */
};

struct worker {
	unsigned index;
	enum worker_phase phase;
	struct relay_shared *shared; /* borrowed: outlives all workers */
	pthread_t thread;
	int epoll_fd;    /* owned */
	uint64_t now_ms; /* monotonic; read once a loop turn */
	uint64_t drain_until_ms;
	uint64_t turns; /* of the loop */
	struct mailbox inbox;
	struct io inbox_io;
	struct mail *todo, **todo_end;  /* owned: taken from the inbox, oldest first, not applied yet */
	uint64_t mails_posted;          /* written by the feed thread */
	_Atomic uint64_t mails_applied; /* written by the worker: equal = it has done all it was told */
	struct timer_wheel wheel;
	struct timer listen_timer; /* retries listeners that could not bind, resumes paused ones */
	struct route_table routes;
	struct listener *shared_listener; /* owned: RELAY_HTTP_PORT; NULL = off, or not yet */
	struct list paused_listeners;     /* those that had a connection to accept when there was no room */
	struct list dead_listeners;       /* closed in this turn; freed at its end */
	struct client_limits clients;
	struct admission_cache admissions;
	struct chunk_pool chunks;
	struct pipe_pool pipes;
	struct slab conns;
	struct list live;   /* conn->node */
	struct list dead;   /* closed in this turn; freed at its end */
	struct list again;  /* conn->again_node: stopped by their budget, not by the kernel */
	struct buf scratch; /* heads and answers are written here first */
	struct counters counters;
};

/* Everything but the thread. False with err when descriptors are short. */
bool worker_init(
	struct worker *worker, unsigned index, struct relay_shared *shared, struct err *err) MUST_CHECK;
bool worker_start(struct worker *worker, struct err *err) MUST_CHECK;
/* For the feed thread: takes over `mail`. */
void worker_post(struct worker *worker, struct mail *mail);
bool worker_is_current(const struct worker *worker); /* everything posted was applied */

/* After the thread has ended (or was never started). */
void worker_done(struct worker *worker);

/* Registers `fd` for both directions, edge-triggered. False when the kernel refuses. */
bool worker_watch(struct worker *worker, struct io *io) MUST_CHECK;

/* Epoch ms by Redis' clock; the end of time until that is known. */
int64_t worker_wall_ms(const struct worker *worker);

/* A connection's place was freed: listeners that wait for one go on. */
void worker_room(struct worker *worker);

#endif
