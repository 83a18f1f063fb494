/*
 * accept.c: takes new connections off a listener. It refuses by closing what would exceed the client
 * address's share, and stops accepting, instead of failing, when descriptors run out: the kernel's queue
 * holds the clients.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay-node/conn.h"
#include "relay-node/listener.h"
#include "relay-node/stages/stages.h"
#include "relay-node/worker.h"
#include "shared/base/ensure.h"

enum { ACCEPT_BURST_MAX = 64 }; /* a listener's share of a loop turn */

static bool has_room(const struct worker *worker)
{
	return worker->conns.live < worker->shared->config->connections_per_worker;
}

static void take(struct listener *listener, int fd, const struct sockaddr_storage *peer)
{
	struct worker *worker = listener->worker;
	struct ip_addr addr;
	uint16_t port;
	struct conn *c;

	if (!ip_addr_from_sockaddr((const struct sockaddr *)peer, &addr, &port)) {
		close(fd);
		return;
	}
	counters_add(&worker->counters, COUNTER_ACCEPTED, 1);
	/* No answer: whoever floods must cost next to nothing. */
	if (!client_limits_enter(&worker->clients, &addr)) {
		counters_add(&worker->counters, COUNTER_CLIENT_LIMITED, 1);
		counter_bump(&worker->counters.closed[CLOSE_LIMIT_CLIENT], 1);
		close(fd);
		return;
	}
	c = conn_new(worker, fd, &addr, port, listener->entry, listener->port);
	if (!c) {
		client_limits_leave(&worker->clients, &addr);
		return;
	}
	counters_add(&worker->counters, COUNTER_OPEN, 1);
	if (!worker_watch(worker, &c->client.io))
		conn_close(c, CLOSE_NO_MEMORY, NULL);
}

/* True when it might have more. */
static bool accept_some(struct listener *listener, uint32_t budget)
{
	struct sockaddr_storage peer;
	socklen_t len;
	int fd;

	for (uint32_t i = 0; i < budget; i++) {
		if (!has_room(listener->worker)) {
			listener_pause(listener);
			return false;
		}
		len = sizeof(peer);
		fd = accept4(listener->io.fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			take(listener, fd, &peer);
			continue;
		}
		/* The client gave up while it was queued, or its network broke: the next one may be fine. */
		if (errno == ECONNABORTED || errno == EINTR || errno == EPROTO)
			continue;
		/* Out of descriptors or memory: the connection stays queued, so trying on would spin. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			listener_pause(listener);
		return false;
	}
	return true;
}

/*
 * The listener is level-triggered: what is left wakes the next turn. So a lone connection costs one
 * accept4(), not a second one to learn that the queue is empty, and a stream of them is taken in growing
 * bursts.
 */
void stage_accept_ready(struct io *io, uint32_t epoll_events)
{
	struct listener *listener = container_of(io, struct listener, io);
	uint64_t turn = listener->worker->turns;

	(void)epoll_events;
	if (turn != listener->last_turn + 1)
		listener->burst = 1;
	else if (listener->burst < ACCEPT_BURST_MAX)
		listener->burst *= 2;
	listener->last_turn = turn;
	(void)accept_some(listener, listener->burst);
}

void stage_accept_all(struct listener *listener)
{
	while (accept_some(listener, ACCEPT_BURST_MAX))
		;
}
