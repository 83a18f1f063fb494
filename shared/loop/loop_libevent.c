/* loop_libevent.c: see loop_libevent.h. An io is one persistent event that is re-added when its interest
 * changes; libevent itself makes freeing an event inside its own callback safe. */
#include "shared/loop/loop_libevent.h"

#include <stdlib.h>

#include <event2/event.h>

#include "shared/base/ensure.h"

struct loop_libevent {
	struct loop loop; /* first: the public face */
	struct event_base *base;
};

struct loop_io {
	struct event *event;
	struct event_base *base;
	loop_io_fn *fn;
	void *arg;
	int fd;
	unsigned events;
};

struct loop_timer {
	struct event *event;
	loop_timer_fn *fn;
	void *arg;
};

static struct event_base *base_of(struct loop *loop)
{
	return container_of(loop, struct loop_libevent, loop)->base;
}

static void on_io(evutil_socket_t fd, short what, void *arg)
{
	struct loop_io *io = arg;
	unsigned events = 0;

	if (what & EV_READ)
		events |= LOOP_READ;
	if (what & EV_WRITE)
		events |= LOOP_WRITE;
	io->fn((int)fd, events, io->arg);
}

static struct loop_io *io_new(struct loop *loop, int fd, loop_io_fn *fn, void *arg)
{
	struct loop_io *io = mem_zalloc(sizeof(*io));

	*io = (struct loop_io){.base = base_of(loop), .fn = fn, .arg = arg, .fd = fd};
	io->event = event_new(io->base, fd, EV_PERSIST, on_io, io);
	if (!io->event) {
		free(io);
		return NULL;
	}
	return io;
}

static void io_want(struct loop_io *io, unsigned events)
{
	short what = EV_PERSIST;

	if (events == io->events)
		return;
	if (io->events)
		event_del(io->event);
	io->events = events;
	if (events & LOOP_READ)
		what |= EV_READ;
	if (events & LOOP_WRITE)
		what |= EV_WRITE;
	ensure(event_assign(io->event, io->base, io->fd, what, on_io, io) == 0);
	if (events)
		ensure(event_add(io->event, NULL) == 0);
}

static void io_free(struct loop_io *io)
{
	event_free(io->event);
	free(io);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *timer = arg;

	(void)fd;
	(void)what;
	timer->fn(timer->arg);
}

static struct loop_timer *timer_new(struct loop *loop, loop_timer_fn *fn, void *arg)
{
	struct loop_timer *timer = mem_zalloc(sizeof(*timer));

	timer->fn = fn;
	timer->arg = arg;
	timer->event = evtimer_new(base_of(loop), on_timer, timer);
	if (!timer->event) {
		free(timer);
		return NULL;
	}
	return timer;
}

static void timer_start(struct loop_timer *timer, uint64_t delay_ms)
{
	struct timeval tv = {
		.tv_sec = (time_t)(delay_ms / 1000), .tv_usec = (suseconds_t)(delay_ms % 1000) * 1000};

	ensure(evtimer_add(timer->event, &tv) == 0);
}

static void timer_stop(struct loop_timer *timer)
{
	evtimer_del(timer->event);
}

static void timer_free(struct loop_timer *timer)
{
	event_free(timer->event);
	free(timer);
}

static const struct loop_ops ops = {
	.io_new = io_new,
	.io_want = io_want,
	.io_free = io_free,
	.timer_new = timer_new,
	.timer_start = timer_start,
	.timer_stop = timer_stop,
	.timer_free = timer_free,
};

struct loop *loop_libevent_new(struct event_base *base)
{
	struct loop_libevent *self = mem_zalloc(sizeof(*self));

	self->loop.ops = &ops;
	self->base = base;
	return &self->loop;
}

void loop_libevent_free(struct loop *loop)
{
	if (loop)
		free(container_of(loop, struct loop_libevent, loop));
}
