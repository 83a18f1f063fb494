/*
 * listener.h: a listening socket of one worker. Every worker opens its own on the same port (SO_REUSEPORT),
 * so that the kernel spreads the clients and no lock is shared. Options that connections inherit
 * (TCP_NODELAY, keep-alive) are set here once instead of on each. What happens to a connection is
 * stages/accept.c's.
 */
#ifndef KP_RELAY_LISTENER_H
#define KP_RELAY_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "relay-node/io.h"
#include "shared/base/compiler.h"
#include "shared/base/err.h"
#include "shared/base/list.h"

struct worker;
struct route_entry;

enum { LISTENER_PAUSE_MS = 100 };

struct listener {
	struct io io;              /* fd -1: it could not listen yet; worker.c tries again */
	struct worker *worker;     /* borrowed */
	struct route_entry *entry; /* whose port it is; NULL: the shared one. Borrowed: it owns us */
	uint16_t port;
	uint32_t burst;     /* connections to accept when woken: grows while it is woken turn after turn */
	uint64_t last_turn; /* of the worker's loop in which it was woken */
	struct list node;   /* worker->paused_listeners, worker->dead_listeners, or none */
};

/* Never NULL: when it cannot listen, `err` says why and fd is -1; listener_retry() may succeed later. */
struct listener *listener_new(
	struct worker *worker, struct route_entry *entry, uint16_t port, struct err *err) MUST_CHECK;
bool listener_retry(struct listener *listener, struct err *err) MUST_CHECK;
/* Closes it now; the memory stays until the end of the loop turn, for an event that was fetched already.
 * Accepts NULL. */
void listener_close(struct listener *listener);

/* Stops and resumes being woken: for want of descriptors. */
void listener_pause(struct listener *listener);
void listener_resume(struct listener *listener);

#endif
