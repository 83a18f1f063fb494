/*
 * loop_lws.c: see loop_lws.h.
 *
 * libwebsockets wants to own and close every descriptor that it watches, so it is given a dup of ours; the
 * wsi is killed asynchronously when the io is freed, and the dup with it. Until then callbacks find no io and
 * do nothing. Write interest is one-shot in libwebsockets, and of a raw file it forgets what was
 * asked for inside the callback: it is asked for again afterwards, while still wanted.
 */
#include "api-node/loop_lws.h"

#include <stdlib.h>
#include <unistd.h>

#include <libwebsockets.h>

#include "shared/base/ensure.h"

struct loop_lws {
	struct loop loop; /* first: the public face */
	struct lws_context *context;
	struct lws_vhost *vhost;
};

struct loop_io {
	struct lws *wsi;              /* NULL once libwebsockets has closed its dup */
	lws_sorted_usec_list_t later; /* what cannot be done inside a callback of libwebsockets */
	struct lws_context *context;
	loop_io_fn *fn;
	void *arg;
	int fd; /* ours, borrowed */
	unsigned events;
	unsigned depth; /* callbacks running: memory is freed by the outermost */
	enum { IO_LIVE, IO_FREED } state;
};

struct loop_timer {
	lws_sorted_usec_list_t sul; /* first: libwebsockets gives it back */
	struct lws_context *context;
	loop_timer_fn *fn;
	void *arg;
};

static struct loop_lws *self_of(struct loop *loop)
{
	return container_of(loop, struct loop_lws, loop);
}

static void do_later(struct loop_io *io);

static void deliver(struct loop_io *io, unsigned events)
{
	events &= io->events;
	if (!events)
		return;
	io->depth++;
	io->fn(io->fd, events, io->arg);
	io->depth--;
	if (io->state == IO_FREED) {
		if (io->depth == 0)
			free(io);
		return;
	}
	if (io->wsi && (io->events & LOOP_WRITE))
		do_later(io);
}

static void on_later(lws_sorted_usec_list_t *sul)
{
	struct loop_io *io = lws_container_of(sul, struct loop_io, later);

	if (!io->wsi)
		deliver(io, LOOP_READ | LOOP_WRITE); /* it hung up while nobody was interested */
	else if (io->events & LOOP_WRITE)
		lws_callback_on_writable(io->wsi);
}

static void do_later(struct loop_io *io)
{
	lws_sul_schedule(io->context, 0, &io->later, on_later, 1);
}

static int on_raw_file(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct loop_io *io = lws_get_opaque_user_data(wsi);

	(void)user;
	(void)in;
	(void)len;
	if (!io)
		return 0;
	switch (reason) {
	case LWS_CALLBACK_RAW_RX_FILE: deliver(io, LOOP_READ); break;
	case LWS_CALLBACK_RAW_WRITEABLE_FILE: deliver(io, LOOP_WRITE); break;
	case LWS_CALLBACK_RAW_CLOSE_FILE:
		/* A hang-up: the owner finds out by reading. */
		lws_set_opaque_user_data(wsi, NULL);
		io->wsi = NULL;
		deliver(io, LOOP_READ | LOOP_WRITE);
		break;
	default: break;
	}
	return 0;
}

const struct lws_protocols loop_lws_protocol = {.name = "kp-loop", .callback = on_raw_file};

static struct loop_io *io_new(struct loop *loop, int fd, loop_io_fn *fn, void *arg)
{
	struct loop_lws *self = self_of(loop);
	struct loop_io *io = mem_zalloc(sizeof(*io));
	lws_sock_file_fd_type desc;

	*io = (struct loop_io){.context = self->context, .fn = fn, .arg = arg, .fd = fd};
	int copy = dup(fd);
	if (copy < 0) {
		free(io);
		return NULL;
	}
	desc.filefd = copy;
	io->wsi = lws_adopt_descriptor_vhost(
		self->vhost, LWS_ADOPT_RAW_FILE_DESC, desc, loop_lws_protocol.name, NULL);
	if (!io->wsi) {
		/* libwebsockets has closed the dup on its failure paths. */
		free(io);
		return NULL;
	}
	lws_set_opaque_user_data(io->wsi, io);
	lws_rx_flow_control(io->wsi, 0);
	return io;
}

static void io_want(struct loop_io *io, unsigned events)
{
	unsigned before = io->events;

	io->events = events;
	if (!io->wsi) {
		if (events)
			do_later(io);
		return;
	}
	if ((before ^ events) & LOOP_READ)
		lws_rx_flow_control(io->wsi, events & LOOP_READ ? 1 : 0);
	if (!(events & ~before & LOOP_WRITE))
		return;
	if (io->depth > 0)
		do_later(io);
	else
		lws_callback_on_writable(io->wsi);
}

static void io_free(struct loop_io *io)
{
	if (io->wsi) {
		lws_set_opaque_user_data(io->wsi, NULL);
		lws_set_timeout(io->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
		io->wsi = NULL;
	}
	lws_sul_cancel(&io->later);
	io->events = 0;
	io->state = IO_FREED;
	if (io->depth == 0)
		free(io);
}

static void on_timer(lws_sorted_usec_list_t *sul)
{
	struct loop_timer *timer = lws_container_of(sul, struct loop_timer, sul);

	timer->fn(timer->arg);
}

static struct loop_timer *timer_new(struct loop *loop, loop_timer_fn *fn, void *arg)
{
	struct loop_timer *timer = mem_zalloc(sizeof(*timer));

	timer->context = self_of(loop)->context;
	timer->fn = fn;
	timer->arg = arg;
	return timer;
}

static void timer_start(struct loop_timer *timer, uint64_t delay_ms)
{
	/* A delay of 0 would mean "cancel" to libwebsockets. */
	lws_usec_t delay_us = delay_ms ? (lws_usec_t)(delay_ms * 1000) : 1;

	lws_sul_schedule(timer->context, 0, &timer->sul, on_timer, delay_us);
}

static void timer_stop(struct loop_timer *timer)
{
	lws_sul_cancel(&timer->sul);
}

static void timer_free(struct loop_timer *timer)
{
	lws_sul_cancel(&timer->sul);
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

struct loop *loop_lws_new(struct lws_context *context, struct lws_vhost *vhost)
{
	struct loop_lws *self = mem_zalloc(sizeof(*self));

	self->loop.ops = &ops;
	self->context = context;
	self->vhost = vhost;
	return &self->loop;
}

void loop_lws_free(struct loop *loop)
{
	if (loop)
		free(self_of(loop));
}
