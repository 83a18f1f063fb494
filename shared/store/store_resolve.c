/*
 * store_resolve.c: see store_resolve.h. The request is shared by two owners, the loop's side and the thread;
 * getaddrinfo cannot be cancelled, so whoever lets go last frees it. The thread writes the answer before it
 * signals; the loop reads it only after the signal.
 */
#include "shared/store/store_resolve.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "shared/base/ensure.h"

struct request {
	atomic_int owners;
	int event_fd; /* owned: closed with the request, so that the thread never writes into a foreign one */
	char *host;   /* owned */
	struct ip_addr addresses[STORE_RESOLVE_MAX];
	size_t count;
	int gai_error;
};

struct store_resolve {
	struct loop *loop;
	struct loop_io *io;      /* owned */
	struct request *request; /* shared with the thread */
	store_resolve_fn *fn;
	void *arg;
};

static void request_unref(struct request *request)
{
	if (atomic_fetch_sub(&request->owners, 1) != 1)
		return;
	close(request->event_fd);
	free(request->host);
	free(request);
}

static void *resolve_thread(void *arg)
{
	struct request *request = arg;
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list = NULL;
	uint64_t one = 1;
	uint16_t port;

	request->gai_error = getaddrinfo(request->host, NULL, &hints, &list);
	for (struct addrinfo *ai = list; ai && request->count < STORE_RESOLVE_MAX; ai = ai->ai_next)
		if (ip_addr_from_sockaddr(ai->ai_addr, &request->addresses[request->count], &port))
			request->count++;
	if (list)
		freeaddrinfo(list);
	ensure(write(request->event_fd, &one, sizeof(one)) == (ssize_t)sizeof(one));
	request_unref(request);
	return NULL;
}

static void on_answer(int fd, unsigned events, void *arg)
{
	struct store_resolve *resolve = arg;
	struct request *request = resolve->request;
	uint64_t ignored;
	struct err err = {0};

	(void)events;
	if (read(fd, &ignored, sizeof(ignored)) != (ssize_t)sizeof(ignored))
		return; /* woken for nothing: EAGAIN */
	if (request->count == 0)
		err_set(&err, ERR_UNAVAILABLE, "cannot resolve \"%s\": %s", request->host,
			request->gai_error ? gai_strerror(request->gai_error) : "no address");
	resolve->fn(request->addresses, request->count, &err, resolve->arg);
}

static bool start_thread(struct request *request)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	bool ok = pthread_create(&thread, &attr, resolve_thread, request) == 0;
	pthread_attr_destroy(&attr);
	return ok;
}

struct store_resolve *store_resolve_start(
	struct loop *loop, const char *host, store_resolve_fn *fn, void *arg, struct err *err)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	if (fd < 0) {
		err_set_sys(err, errno, "no descriptor to resolve \"%s\" with", host);
		return NULL;
	}
	struct store_resolve *resolve = mem_zalloc(sizeof(*resolve));
	struct request *request = mem_zalloc(sizeof(*request));
	*resolve = (struct store_resolve){.loop = loop, .request = request, .fn = fn, .arg = arg};
	request->event_fd = fd;
	request->host = mem_strdup(host);
	atomic_init(&request->owners, 2);
	resolve->io = loop_io_new(loop, fd, on_answer, resolve);
	if (!resolve->io || !start_thread(request)) {
		request_unref(request); /* the thread's share: there is no thread */
		store_resolve_free(resolve);
		err_set(err, ERR_LIMIT, "no thread to resolve \"%s\" with", host);
		return NULL;
	}
	loop_io_want(loop, resolve->io, LOOP_READ);
	return resolve;
}

void store_resolve_free(struct store_resolve *resolve)
{
	if (!resolve)
		return;
	loop_io_free(resolve->loop, resolve->io);
	request_unref(resolve->request);
	free(resolve);
}
