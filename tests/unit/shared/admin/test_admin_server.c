/* test_admin_server.c: the real server on libevent in this thread, spoken to over real sockets. */
#include "shared/admin/admin_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "shared/admin/metrics_writer.h"
#include "shared/base/clock.h"
#include "shared/loop/loop_libevent.h"
#include "tests/unit/test.h"

enum { PATIENCE_MS = 20000 };

struct fixture {
	struct event_base *base;
	struct loop *loop;
	struct admin_server *server;
	bool ready;
	size_t metric_lines;
	struct buf answer;
};

static bool is_ready(void *arg, struct slice query, struct buf *reason)
{
	struct fixture *f = arg;
	struct slice version;

	if (query_value(query, "version", &version))
		buf_printf(reason, "waiting for %.*s", SLICE_ARG(version));
	return f->ready;
}

static void write_metrics(void *arg, struct metrics_writer *w)
{
	struct fixture *f = arg;

	metrics_begin(w, "kiotproxy_test_lines", METRIC_GAUGE, "Lines");
	for (size_t i = 0; i < f->metric_lines; i++)
		metrics_uint(w,
			METRIC_LABELS(METRIC_LABEL("name", "0123456789012345678901234567890123456789")), i);
}

static bool extra_page(void *arg, struct slice path, struct slice query, struct buf *json_out)
{
	(void)arg;
	(void)query;
	if (!slice_eq(path, SLICE_LIT("/routes")))
		return false;
	buf_append_str(json_out, "[]");
	return true;
}

static const struct admin_ops ops = {is_ready, write_metrics, extra_page};

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){.base = event_base_new(), .ready = true, .metric_lines = 1};
	f.loop = loop_libevent_new(f.base);
	f.server = admin_server_new(f.loop, "127.0.0.1", 0, &ops, &f, NULL);
	*state = &f;
	return f.server ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	admin_server_free(f->server);
	admin_server_free(NULL);
	buf_done(&f->answer);
	loop_libevent_free(f->loop);
	event_base_free(f->base);
	return 0;
}

static int dial(struct fixture *f)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
		.sin_port = htons(admin_server_port(f->server)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

/* Turns the loop until the server closes its side; the answer is in f->answer. */
static const char *read_answer(struct fixture *f, int fd)
{
	uint64_t start_ms = clock_now_ms();
	char piece[65536];
	ssize_t n;

	buf_clear(&f->answer);
	for (;;) {
		event_base_loop(f->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		n = recv(fd, piece, sizeof(piece), 0);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		if (n > 0)
			buf_append(&f->answer, piece, (size_t)n);
		assert_true(clock_now_ms() - start_ms < PATIENCE_MS);
	}
	assert_true(n == 0); /* closed in order, not reset */
	close(fd);
	return buf_str(&f->answer);
}

static const char *ask(struct fixture *f, const char *text)
{
	int fd = dial(f);

	assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
	return read_answer(f, fd);
}

#define ASSERT_STARTS(text, start) assert_int_equal(strncmp(text, start, strlen(start)), 0)

static void test_pages(void **state)
{
	struct fixture *f = *state;
	const char *answer = ask(f, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");

	assert_string_equal(answer,
		"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n"
		"Cache-Control: no-store\r\nConnection: close\r\n\r\nok\n");
	ASSERT_STARTS(ask(f, "GET /readyz HTTP/1.1\r\n\r\n"), "HTTP/1.1 200 ");
	f->ready = false;
	answer = ask(f, "GET /readyz?x=1&version=7-9 HTTP/1.1\r\n\r\n");
	ASSERT_STARTS(answer, "HTTP/1.1 503 ");
	assert_non_null(strstr(answer, "\r\n\r\nwaiting for 7-9\n"));
	assert_non_null(strstr(ask(f, "GET /readyz HTTP/1.1\r\n\r\n"), "\r\n\r\nnot ready\n"));
	answer = ask(f, "GET /metrics HTTP/1.1\r\n\r\n");
	assert_non_null(strstr(answer, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
	assert_non_null(strstr(answer, "\r\n\r\n# HELP kiotproxy_test_lines Lines\n"));
	answer = ask(f, "GET /routes HTTP/1.1\r\n\r\n");
	assert_non_null(strstr(answer, "application/json"));
	ASSERT_STARTS(ask(f, "GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 404 ");
	answer = ask(f, "HEAD /healthz HTTP/1.1\r\n\r\n");
	assert_non_null(strstr(answer, "Content-Length: 3\r\n"));
	assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
	answer = ask(f, "POST / HTTP/1.1\r\n\r\n");
	ASSERT_STARTS(answer, "HTTP/1.1 405 ");
	assert_non_null(strstr(answer, "Allow: GET, HEAD\r\n"));
}

/* Bytes that nobody asked for must not reset the connection under the answer. */
static void test_pipelined_bytes(void **state)
{
	struct fixture *f = *state;

	ASSERT_STARTS(ask(f, "GET /healthz HTTP/1.1\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n"), "HTTP/1.1 200 ");
}

static void test_too_large(void **state)
{
	struct fixture *f = *state;
	char head[9000];

	memset(head, 'x', sizeof(head) - 1);
	head[sizeof(head) - 1] = '\0';
	ASSERT_STARTS(ask(f, head), "HTTP/1.1 431 ");
	f->metric_lines = 60000; /* 4.6 MiB: in many writes */
	ASSERT_STARTS(ask(f, "GET /metrics HTTP/1.1\r\n\r\n"), "HTTP/1.1 200 ");
	assert_in_range(f->answer.len, 4000000, 8388608);
	f->metric_lines = 600000;
	ASSERT_STARTS(ask(f, "GET /metrics HTTP/1.1\r\n\r\n"), "HTTP/1.1 500 ");
}

/* Silent clients take all places; one more is served once their time is up. */
static void test_silent_clients(void **state)
{
	struct fixture *f = *state;
	uint64_t start_ms = clock_now_ms();
	int fds[64];

	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		fds[i] = dial(f);
	for (int i = 0; i < 20; i++)
		event_base_loop(f->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	ASSERT_STARTS(ask(f, "GET /healthz HTTP/1.1\r\n\r\n"), "HTTP/1.1 200 ");
	assert_in_range(clock_now_ms() - start_ms, 4500, PATIENCE_MS);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		assert_string_equal(read_answer(f, fds[i]), "");
	}
}

static void test_free_with_open_connections(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);

	assert_int_equal(send(fd, "GET /", 5, 0), 5);
	event_base_loop(f->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	close(fd); /* and let teardown free the server with the connection in it */
}

static void test_start_errors(void **state)
{
	struct fixture *f = *state;
	struct err err;

	assert_null(admin_server_new(f->loop, "localhost", 0, &ops, f, &err));
	assert_int_equal(err.code, ERR_INVALID);
	assert_null(admin_server_new(f->loop, "127.0.0.1", admin_server_port(f->server), &ops, f, &err));
	assert_int_equal(err.sys_errno, EADDRINUSE);
}

static void test_query_value(void **state)
{
	struct slice value;

	(void)state;
	assert_true(query_value(SLICE_LIT("a=1&bb=2&a=3"), "a", &value));
	assert_true(slice_eq_str(value, "1"));
	assert_true(query_value(SLICE_LIT("a=1&bb=2=3"), "bb", &value));
	assert_true(slice_eq_str(value, "2=3"));
	assert_true(query_value(SLICE_LIT("flag"), "flag", &value));
	assert_int_equal(value.len, 0);
	assert_false(query_value(SLICE_LIT("aa=1"), "a", &value));
	assert_false(query_value(SLICE_NONE, "a", &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pipelined_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_large, setup, teardown),
		cmocka_unit_test_setup_teardown(test_silent_clients, setup, teardown),
		cmocka_unit_test_setup_teardown(test_free_with_open_connections, setup, teardown),
		cmocka_unit_test_setup_teardown(test_start_errors, setup, teardown),
		cmocka_unit_test(test_query_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
