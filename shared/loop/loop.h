/*
 * loop.h: what a library of ours needs of an event loop: watch a descriptor, run a one-shot timer. It lets
 * the Redis link and the admin server live in libevent (relay-node, scheduler) and in libwebsockets
 * (api-node) without knowing either. All calls and callbacks happen on the loop's own thread.
 */
#ifndef KP_LOOP_LOOP_H
#define KP_LOOP_LOOP_H

#include <stdint.h>

#include "shared/base/compiler.h"

enum loop_event { LOOP_READ = 1, LOOP_WRITE = 2 };

struct loop_io;    /* owned by whoever made it; defined by the adapter */
struct loop_timer; /* likewise */
struct loop;

typedef void loop_io_fn(int fd, unsigned events, void *arg); /* events: LOOP_READ | LOOP_WRITE; errors and
								hang-ups come as both */
typedef void loop_timer_fn(void *arg);

struct loop_ops {
	struct loop_io *(*io_new)(struct loop *loop, int fd, loop_io_fn *fn, void *arg);
	void (*io_want)(struct loop_io *io, unsigned events);
	void (*io_free)(struct loop_io *io);
	struct loop_timer *(*timer_new)(struct loop *loop, loop_timer_fn *fn, void *arg);
	void (*timer_start)(struct loop_timer *timer, uint64_t delay_ms);
	void (*timer_stop)(struct loop_timer *timer);
	void (*timer_free)(struct loop_timer *timer);
};

struct loop {
	const struct loop_ops *ops;
};

/* Watches `fd` (borrowed: free the io before closing it), at first for nothing. NULL when out of memory or
 * descriptors. loop_io_free and loop_timer_free may be called inside the callback, and accept NULL. */
struct loop_io *loop_io_new(struct loop *loop, int fd, loop_io_fn *fn, void *arg) MUST_CHECK;
void loop_io_want(struct loop *loop, struct loop_io *io, unsigned events);
void loop_io_free(struct loop *loop, struct loop_io *io);

/* A one-shot timer, at first stopped. Starting it again moves it. */
struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_fn *fn, void *arg) MUST_CHECK;
void loop_timer_start(struct loop *loop, struct loop_timer *timer, uint64_t delay_ms);
void loop_timer_stop(struct loop *loop, struct loop_timer *timer);
void loop_timer_free(struct loop *loop, struct loop_timer *timer);

#endif
