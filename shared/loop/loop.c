/* loop.c: see loop.h. The calls go through here so that NULL is accepted in one place. */
#include "shared/loop/loop.h"

#include <stddef.h>

struct loop_io *loop_io_new(struct loop *loop, int fd, loop_io_fn *fn, void *arg)
{
	return loop->ops->io_new(loop, fd, fn, arg);
}

void loop_io_want(struct loop *loop, struct loop_io *io, unsigned events)
{
	loop->ops->io_want(io, events);
}

void loop_io_free(struct loop *loop, struct loop_io *io)
{
	if (io)
		loop->ops->io_free(io);
}

struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_fn *fn, void *arg)
{
	return loop->ops->timer_new(loop, fn, arg);
}

void loop_timer_start(struct loop *loop, struct loop_timer *timer, uint64_t delay_ms)
{
	loop->ops->timer_start(timer, delay_ms);
}

void loop_timer_stop(struct loop *loop, struct loop_timer *timer)
{
	if (timer)
		loop->ops->timer_stop(timer);
}

void loop_timer_free(struct loop *loop, struct loop_timer *timer)
{
	if (timer)
		loop->ops->timer_free(timer);
}
