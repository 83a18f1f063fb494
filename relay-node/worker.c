/*
 * worker.c: see worker.h. The loop and the life of a worker; what mail does is worker_mail.c.
 *
 * Mail is applied in order and in pieces: a snapshot of a hundred thousand routes must not keep connections
 * waiting, so a turn does at most MAIL_STEPS of it.
 */
#include "relay-node/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "relay-node/conn.h"
#include "relay-node/listener.h"
#include "relay-node/mails.h"
#include "relay-node/stages/stages.h"
#include "relay-node/worker_mail.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"

enum {
	EVENTS_A_TURN = 256,
	MAIL_STEPS = 2000, /* routes looked up or set in one turn: a few milliseconds at most */
	SCRATCH_BYTES = 2 * CHUNK_LARGE_BYTES, /* the longest head we may write */
};

static void on_mail(struct io *io, uint32_t epoll_events)
{
	struct worker *worker = container_of(io, struct worker, inbox_io);

	(void)epoll_events;
	*worker->todo_end = mailbox_take(&worker->inbox);
	while (*worker->todo_end)
		worker->todo_end = &(*worker->todo_end)->next;
}

static void apply_mail(struct worker *worker)
{
	unsigned steps = MAIL_STEPS;

	while (worker->todo && steps) {
		struct mail *mail = worker->todo;

		if (!worker_apply(worker, mail, &steps))
			return; /* goes on in the next turn */
		worker->todo = mail->next;
		if (!worker->todo)
			worker->todo_end = &worker->todo;
		mail_free(mail);
		atomic_fetch_add_explicit(&worker->mails_applied, 1, memory_order_release);
	}
}

bool worker_init(struct worker *worker, unsigned index, struct relay_shared *shared, struct err *err)
{
	*worker = (struct worker){.index = index, .shared = shared, .epoll_fd = -1};
	worker->now_ms = clock_now_ms();
	worker->todo_end = &worker->todo;
	timer_wheel_init(&worker->wheel, worker->now_ms);
	timer_init(&worker->listen_timer);
	route_table_init(&worker->routes);
	list_init(&worker->paused_listeners);
	list_init(&worker->dead_listeners);
	client_limits_init(&worker->clients, shared->config->client_connections, shared->config->threads);
	chunk_pool_init(&worker->chunks);
	pipe_pool_init(&worker->pipes);
	slab_init(&worker->conns, sizeof(struct conn), 64);
	list_init(&worker->live);
	list_init(&worker->dead);
	list_init(&worker->again);
	buf_init(&worker->scratch, SCRATCH_BYTES);
	worker->inbox.event_fd = -1;
	worker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (worker->epoll_fd < 0 || !mailbox_init(&worker->inbox))
		return err_set_sys(err, errno, "worker %u", index);
	worker->inbox_io = (struct io){.fd = worker->inbox.event_fd, .on_event = on_mail};
	if (!worker_watch(worker, &worker->inbox_io))
		return err_set_sys(err, errno, "worker %u: epoll_ctl", index);
	return true;
}

void worker_post(struct worker *worker, struct mail *mail)
{
	worker->mails_posted++;
	mailbox_post(&worker->inbox, mail);
}

bool worker_is_current(const struct worker *worker)
{
	return atomic_load_explicit(&worker->mails_applied, memory_order_acquire) == worker->mails_posted;
}

static void free_dead(struct worker *worker)
{
	struct list *node;

	while ((node = list_pop(&worker->dead)) != NULL)
		conn_free(list_entry(node, struct conn, node));
	while ((node = list_pop(&worker->dead_listeners)) != NULL)
		free(list_entry(node, struct listener, node));
}

void worker_done(struct worker *worker)
{
	listener_close(worker->shared_listener);
	worker->shared_listener = NULL;
	worker_drop_listeners(worker);
	free_dead(worker);
	route_table_done(&worker->routes);
	client_limits_done(&worker->clients);
	chunk_pool_done(&worker->chunks);
	pipe_pool_done(&worker->pipes);
	slab_done(&worker->conns);
	buf_done(&worker->scratch);
	if (worker->inbox.event_fd >= 0) {
		on_mail(&worker->inbox_io, 0);
		mailbox_done(&worker->inbox);
	}
	while (worker->todo) {
		struct mail *mail = worker->todo;

		worker->todo = mail->next;
		mail_free(mail);
	}
	if (worker->epoll_fd >= 0)
		close(worker->epoll_fd);
}

bool worker_watch(struct worker *worker, struct io *io)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		.data.ptr = io,
	};

	return epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, io->fd, &event) == 0;
}

int64_t worker_wall_ms(const struct worker *worker)
{
	int64_t offset_ms = atomic_load_explicit(&worker->shared->wall_offset_ms, memory_order_relaxed);

	/* Not told yet: whatever ends some day counts as over. */
	return offset_ms ? (int64_t)worker->now_ms + offset_ms : INT64_MAX;
}

void worker_room(struct worker *worker)
{
	if (!list_empty(&worker->paused_listeners))
		listener_resume(list_entry(worker->paused_listeners.next, struct listener, node));
}

static void on_timer(struct timer *timer, void *arg)
{
	struct worker *worker = arg;

	if (timer == &worker->listen_timer)
		worker_retry_listeners(worker);
	else
		conn_expire(timer, worker);
}

static void run_again(struct worker *worker)
{
	struct list now;
	struct list *node;

	if (list_empty(&worker->again))
		return;
	/* Only those that are on the list now: who stops again comes after the next epoll_wait(). */
	list_init(&now);
	list_append(&worker->again, &now);
	list_remove(&worker->again);
	while ((node = list_pop(&now)) != NULL)
		conn_run(list_entry(node, struct conn, again_node));
}

static void turn(struct worker *worker)
{
	struct epoll_event events[EVENTS_A_TURN];
	bool is_busy = worker->todo || !list_empty(&worker->again);
	int sleep_ms = is_busy ? 0 : timer_wheel_sleep_ms(&worker->wheel, clock_now_ms());
	int n = epoll_wait(worker->epoll_fd, events, EVENTS_A_TURN, sleep_ms);

	ensure(n >= 0 || errno == EINTR);
	worker->now_ms = clock_now_ms();
	worker->turns++;
	for (int i = 0; i < n; i++) {
		struct io *io = events[i].data.ptr;

		if (io->fd >= 0)
			io->on_event(io, events[i].events);
	}
	apply_mail(worker);
	run_again(worker);
	timer_wheel_advance(&worker->wheel, worker->now_ms, on_timer, worker);
	free_dead(worker);
}

/* Draining ends when the last connection has, or when time is up. */
static bool is_drained(struct worker *worker)
{
	if (worker->phase != WORKER_DRAINING)
		return false;
	if (worker->now_ms >= worker->drain_until_ms) {
		list_each (node, &worker->live) {
			struct conn *c = list_entry(node, struct conn, node);

			conn_close(c, CLOSE_SHUTDOWN, NULL);
			if (c->state == CONN_LINGER)
				conn_close(c, CLOSE_SHUTDOWN, NULL); /* no more time for that */
		}
		free_dead(worker);
	}
	return list_empty(&worker->live);
}

static void *worker_main(void *arg)
{
	struct worker *worker = arg;
	struct err err = {0};
	sigset_t all;
	char name[16];

	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	snprintf(name, sizeof(name), "relay-%u", worker->index);
	pthread_setname_np(pthread_self(), name);
	if (worker->shared->config->http_port) {
		worker->shared_listener =
			listener_new(worker, NULL, (uint16_t)worker->shared->config->http_port, &err);
		worker_listen_tried(worker, worker->shared_listener, &err);
	}
	while (!is_drained(worker))
		turn(worker);
	mailbox_post(worker->shared->feed_box, mail_new(MAIL_DRAINED));
	return NULL;
}

bool worker_start(struct worker *worker, struct err *err)
{
	int rc = pthread_create(&worker->thread, NULL, worker_main, worker);

	return rc == 0 || err_set_sys(err, rc, "pthread_create");
}
