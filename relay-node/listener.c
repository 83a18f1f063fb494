/* listener.c: see listener.h. */
#include "relay-node/listener.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay-node/stages/stages.h"
#include "relay-node/worker.h"
#include "shared/base/ensure.h"
#include "shared/base/ip_addr.h"

static bool set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) == 0;
}

static bool listen_on(struct listener *listener, int fd, struct err *err)
{
	struct relay_shared *shared = listener->worker->shared;
	struct slice bind_text = slice_from_str(shared->config->common.bind_address);
	struct sockaddr_storage sa;
	struct ip_addr addr;
	socklen_t len;

	if (!ip_addr_parse(bind_text, &addr))
		return err_set(err, ERR_INVALID, "BIND_ADDRESS is no address");
	len = ip_addr_to_sockaddr(&addr, listener->port, &sa);
	if (!set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) || !set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1) ||
		!set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1) || !set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1))
		return err_set_sys(err, errno, "setsockopt");
	/* "::" serves both families, whatever net.ipv6.bindv6only says. */
	if (sa.ss_family == AF_INET6 && !set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0))
		return err_set_sys(err, errno, "setsockopt IPV6_V6ONLY");
	if (bind(fd, (struct sockaddr *)&sa, len) < 0)
		return err_set_sys(err, errno, "bind port %u", listener->port);
	if (listen(fd, 4096) < 0)
		return err_set_sys(err, errno, "listen on port %u", listener->port);
	return true;
}

bool listener_retry(struct listener *listener, struct err *err)
{
	struct ip_addr addr;
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = &listener->io};
	int family = AF_INET6, fd;

	if (ip_addr_parse(slice_from_str(listener->worker->shared->config->common.bind_address), &addr) &&
		ip_addr_is_v4(&addr))
		family = AF_INET;
	fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_set_sys(err, errno, "socket");
	if (!listen_on(listener, fd, err)) {
		close(fd);
		return false;
	}
	/* Level-triggered, unlike connections: what one turn leaves unaccepted wakes the next. */
	if (epoll_ctl(listener->worker->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		err_set_sys(err, errno, "epoll_ctl");
		close(fd);
		return false;
	}
	listener->io.fd = fd;
	counters_sub(&listener->worker->counters, COUNTER_LISTEN_FAILED, 1);
	counters_add(&listener->worker->counters, COUNTER_LISTENING, 1);
	return true;
}

struct listener *listener_new(
	struct worker *worker, struct route_entry *entry, uint16_t port, struct err *err)
{
	struct listener *listener = mem_zalloc(sizeof(*listener));

	listener->io = (struct io){.fd = -1, .on_event = stage_accept_ready};
	listener->worker = worker;
	listener->entry = entry;
	listener->port = port;
	list_init(&listener->node);
	/* The caller looks at io.fd, and tries again later. */
	counters_add(&worker->counters, COUNTER_LISTEN_FAILED, 1);
	(void)!listener_retry(listener, err);
	return listener;
}

void listener_close(struct listener *listener)
{
	if (!listener)
		return;
	list_remove(&listener->node);
	if (listener->io.fd >= 0) {
		close(listener->io.fd);
		listener->io.fd = -1;
		counters_sub(&listener->worker->counters, COUNTER_LISTENING, 1);
	} else {
		counters_sub(&listener->worker->counters, COUNTER_LISTEN_FAILED, 1);
	}
	listener->entry = NULL;
	list_append(&listener->worker->dead_listeners, &listener->node);
}

static void want(struct listener *listener, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = &listener->io};

	ensure(epoll_ctl(listener->worker->epoll_fd, EPOLL_CTL_MOD, listener->io.fd, &event) == 0);
}

void listener_pause(struct listener *listener)
{
	if (!list_empty(&listener->node))
		return;
	list_append(&listener->worker->paused_listeners, &listener->node);
	want(listener, 0);
	/* Resumed when a connection ends (worker_room), and by the clock: descriptors are not ours alone. */
	timer_wheel_set(&listener->worker->wheel, &listener->worker->listen_timer,
		listener->worker->now_ms + LISTENER_PAUSE_MS);
	counters_add(&listener->worker->counters, COUNTER_ACCEPT_PAUSES, 1);
}

void listener_resume(struct listener *listener)
{
	list_remove(&listener->node);
	want(listener, EPOLLIN);
}
