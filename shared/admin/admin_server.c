/*
 * admin_server.c: see admin_server.h. A connection reads one head, writes one answer, then discards what
 * still comes until the client closes: closing with unread bytes would reset the connection under the answer.
 */
#include "shared/admin/admin_server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/admin/admin_request.h"
#include "shared/admin/metrics_writer.h"
#include "shared/base/ensure.h"
#include "shared/base/ip_addr.h"
#include "shared/base/list.h"

enum {
	MAX_CONNECTIONS = 64,
	CONNECTION_DEADLINE_MS = 5000,
	ACCEPT_PAUSE_MS = 100,
	ACCEPT_BATCH = 16,
	MAX_BODY_BYTES = 8 * 1024 * 1024,
};

enum admin_state { ADMIN_READ_HEAD, ADMIN_WRITE, ADMIN_LINGER };

struct admin_server {
	struct loop *loop; /* borrowed */
	const struct admin_ops *ops;
	void *arg;
	int fd;
	uint16_t port;
	struct loop_io *io;
	struct loop_timer *accept_timer; /* runs while accepting pauses for want of descriptors */
	struct list conns;
	unsigned conn_count;
};

struct admin_conn {
	struct list node;
	struct admin_server *server; /* borrowed: outlives its connections */
	int fd;
	enum admin_state state;
	struct loop_io *io;
	struct loop_timer *deadline;
	size_t head_len;
	char head[ADMIN_MAX_HEAD_BYTES];
	struct buf out;
};

static void conn_close(struct admin_conn *conn)
{
	struct admin_server *server = conn->server;

	loop_timer_free(server->loop, conn->deadline);
	loop_io_free(server->loop, conn->io);
	close(conn->fd);
	list_remove(&conn->node);
	buf_done(&conn->out);
	free(conn);
	server->conn_count--;
	if (server->io)
		loop_io_want(server->loop, server->io, LOOP_READ); /* there is room again */
}

static const char *status_text(int status)
{
	switch (status) {
	case 200: return "OK";
	case 400: return "Bad Request";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 431: return "Request Header Fields Too Large";
	case 500: return "Internal Server Error";
	case 503: return "Service Unavailable";
	case 505: return "HTTP Version Not Supported";
	default: break;
	}
	ensure(!"status of the admin server");
	return "";
}

struct answer {
	int status;
	const char *content_type;
	struct buf body;
};

static void answer_plain(struct answer *answer, int status, const char *text)
{
	answer->status = status;
	buf_clear(&answer->body);
	buf_printf(&answer->body, "%s\n", text);
}

static void answer_ready(struct admin_server *server, struct slice query, struct answer *answer)
{
	if (server->ops->ready(server->arg, query, &answer->body)) {
		answer_plain(answer, 200, "ready");
		return;
	}
	answer->status = 503;
	if (answer->body.len == 0)
		buf_append_str(&answer->body, "not ready");
	buf_append_char(&answer->body, '\n');
}

static void answer_metrics(struct admin_server *server, struct answer *answer)
{
	struct metrics_writer writer;

	answer->content_type = "text/plain; version=0.0.4; charset=utf-8";
	metrics_writer_init(&writer, &answer->body);
	server->ops->metrics(server->arg, &writer);
}

static void answer_request(
	struct admin_server *server, const struct admin_request *request, struct answer *answer)
{
	if (slice_eq(request->path, SLICE_LIT("/healthz"))) {
		answer_plain(answer, 200, "ok");
	} else if (slice_eq(request->path, SLICE_LIT("/readyz"))) {
		answer_ready(server, request->query, answer);
	} else if (slice_eq(request->path, SLICE_LIT("/metrics"))) {
		answer_metrics(server, answer);
	} else if (server->ops->extra &&
		   server->ops->extra(server->arg, request->path, request->query, &answer->body)) {
		answer->content_type = "application/json";
	} else {
		answer_plain(answer, 404, "not found; try /healthz, /readyz or /metrics");
	}
}

static void conn_answer(struct admin_conn *conn, enum admin_parse parsed, const struct admin_request *request)
{
	struct answer answer = {.status = 200, .content_type = "text/plain; charset=utf-8"};

	buf_init(&answer.body, MAX_BODY_BYTES);
	if (parsed == ADMIN_PARSE_OK)
		answer_request(conn->server, request, &answer);
	else
		answer_plain(&answer, request->status, status_text(request->status));
	if (answer.body.overflow) {
		answer.content_type = "text/plain; charset=utf-8";
		answer_plain(&answer, 500, "the answer is too large");
	}
	buf_printf(&conn->out, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s",
		answer.status, status_text(answer.status), answer.content_type, answer.body.len,
		answer.status == 405 ? "Allow: GET, HEAD\r\n" : "");
	buf_append_str(&conn->out, "Cache-Control: no-store\r\nConnection: close\r\n\r\n");
	if (!request->head_only)
		buf_append_slice(&conn->out, buf_slice(&answer.body));
	buf_done(&answer.body);
	if (conn->out.overflow) /* out of memory: half an answer is worse than none */
		buf_clear(&conn->out);
	conn->state = ADMIN_WRITE;
	loop_io_want(conn->server->loop, conn->io, LOOP_WRITE);
}

/* Each of the three takes one step and answers whether the connection lives on. */
static bool read_head(struct admin_conn *conn)
{
	struct admin_request request;
	ssize_t n = recv(conn->fd, conn->head + conn->head_len, sizeof(conn->head) - conn->head_len, 0);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	conn->head_len += (size_t)n;
	enum admin_parse parsed = admin_request_parse(slice_of(conn->head, conn->head_len), &request);
	if (parsed != ADMIN_PARSE_MORE)
		conn_answer(conn, parsed, &request);
	return true;
}

static bool write_answer(struct admin_conn *conn)
{
	ssize_t n = send(conn->fd, conn->out.data, conn->out.len, MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	buf_consume(&conn->out, (size_t)n);
	if (conn->out.len > 0)
		return true;
	if (shutdown(conn->fd, SHUT_WR) != 0)
		return false;
	conn->state = ADMIN_LINGER;
	loop_io_want(conn->server->loop, conn->io, LOOP_READ);
	return true;
}

static bool discard(struct admin_conn *conn)
{
	ssize_t n = recv(conn->fd, conn->head, sizeof(conn->head), 0);

	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void on_conn(int fd, unsigned events, void *arg)
{
	struct admin_conn *conn = arg;
	bool alive = true;

	(void)fd;
	(void)events; /* only what the state wants is watched; errors show in the call itself */
	switch (conn->state) {
	case ADMIN_READ_HEAD: alive = read_head(conn); break;
	case ADMIN_WRITE: alive = write_answer(conn); break;
	case ADMIN_LINGER: alive = discard(conn); break;
	}
	if (!alive)
		conn_close(conn);
}

static void on_deadline(void *arg)
{
	conn_close(arg);
}

/* Takes over `fd`. */
static void conn_open(struct admin_server *server, int fd)
{
	struct admin_conn *conn = malloc(sizeof(*conn));

	if (!conn) {
		close(fd);
		return;
	}
	conn->server = server;
	conn->fd = fd;
	conn->state = ADMIN_READ_HEAD;
	conn->head_len = 0;
	buf_init(&conn->out, 0);
	conn->io = loop_io_new(server->loop, fd, on_conn, conn);
	conn->deadline = loop_timer_new(server->loop, on_deadline, conn);
	list_append(&server->conns, &conn->node);
	server->conn_count++;
	if (!conn->io || !conn->deadline) {
		conn_close(conn);
		return;
	}
	loop_timer_start(server->loop, conn->deadline, CONNECTION_DEADLINE_MS);
	loop_io_want(server->loop, conn->io, LOOP_READ);
}

static void on_accept(int fd, unsigned events, void *arg)
{
	struct admin_server *server = arg;

	(void)events;
	for (int i = 0; i < ACCEPT_BATCH; i++) {
		if (server->conn_count >= MAX_CONNECTIONS) {
			loop_io_want(server->loop, server->io, 0); /* until one closes, within its deadline */
			return;
		}
		int conn_fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (conn_fd >= 0) {
			conn_open(server, conn_fd);
			continue;
		}
		/* Out of descriptors or memory: the listener stays readable, so wait instead of spinning. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			loop_io_want(server->loop, server->io, 0);
			loop_timer_start(server->loop, server->accept_timer, ACCEPT_PAUSE_MS);
			return;
		}
		if (errno != ECONNABORTED && errno != EINTR)
			return; /* EAGAIN, or a network error of the client that waited (accept(2)) */
	}
}

static void on_accept_timer(void *arg)
{
	struct admin_server *server = arg;

	loop_io_want(server->loop, server->io, LOOP_READ);
}

static bool open_listener(
	struct admin_server *server, const char *bind_address, uint16_t port, struct err *err)
{
	struct sockaddr_storage sa;
	socklen_t sa_len = sizeof(sa);
	struct ip_addr addr;
	int on = 1, off = 0;

	if (!ip_addr_parse(slice_from_str(bind_address), &addr))
		return err_set(err, ERR_INVALID, "admin server: %.60s is not an IP address", bind_address);
	sa_len = ip_addr_to_sockaddr(&addr, port, &sa);
	server->fd = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (server->fd < 0)
		return err_set_sys(err, errno, "admin server: socket");
	if (setsockopt(server->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
		return err_set_sys(err, errno, "admin server: SO_REUSEADDR");
	/* `::` then serves IPv4 too, whatever the host's default is. */
	if (sa.ss_family == AF_INET6)
		(void)setsockopt(server->fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(server->fd, (struct sockaddr *)&sa, sa_len) != 0 || listen(server->fd, MAX_CONNECTIONS) != 0)
		return err_set_sys(err, errno, "admin server: listen on %.60s port %u", bind_address, port);
	sa_len = sizeof(sa);
	if (getsockname(server->fd, (struct sockaddr *)&sa, &sa_len) != 0 ||
		!ip_addr_from_sockaddr((struct sockaddr *)&sa, &addr, &server->port))
		return err_set_sys(err, errno, "admin server: getsockname");
	return true;
}

struct admin_server *admin_server_new(struct loop *loop, const char *bind_address, uint16_t port,
	const struct admin_ops *ops, void *arg, struct err *err)
{
	struct admin_server *server = mem_zalloc(sizeof(*server));

	*server = (struct admin_server){.loop = loop, .ops = ops, .arg = arg, .fd = -1};
	list_init(&server->conns);
	if (!open_listener(server, bind_address, port, err))
		goto fail;
	server->io = loop_io_new(loop, server->fd, on_accept, server);
	server->accept_timer = loop_timer_new(loop, on_accept_timer, server);
	if (!server->io || !server->accept_timer) {
		err_set(err, ERR_SYSTEM, "admin server: the event loop takes no more descriptors or timers");
		goto fail;
	}
	loop_io_want(loop, server->io, LOOP_READ);
	return server;
fail:
	admin_server_free(server);
	return NULL;
}

uint16_t admin_server_port(const struct admin_server *server)
{
	return server->port;
}

void admin_server_free(struct admin_server *server)
{
	if (!server)
		return;
	loop_timer_free(server->loop, server->accept_timer);
	loop_io_free(server->loop, server->io);
	server->io = NULL;
	list_each (it, &server->conns)
		conn_close(list_entry(it, struct admin_conn, node));
	if (server->fd >= 0)
		close(server->fd);
	free(server);
}

bool query_value(struct slice query, const char *name, struct slice *ret_value)
{
	struct slice pair, key, value;

	while (query.len > 0) {
		slice_cut(query, '&', &pair, &query);
		slice_cut(pair, '=', &key, &value);
		if (!slice_eq_str(key, name))
			continue;
		*ret_value = value;
		return true;
	}
	return false;
}
