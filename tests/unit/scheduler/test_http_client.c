/* test_http_client.c: against a real socket server: what was sent, what was lost, what was answered.
 * Longer than 400 lines because the server stands here as well. */
#include "scheduler/http_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/base/proc.h"
#include "shared/loop/loop_libevent.h"

/* --- a server of few words: what it does with a request is the request's path
 * -------------------------------- */

struct server {
	int listener;
	uint16_t port;
	pthread_t thread;
	_Atomic unsigned connections, requests;
	char last_head[2048]; /* read by the test after the answer has come */
};

static bool read_head(int fd, char *dst, size_t size)
{
	size_t len = 0;

	while (len + 1 < size) {
		ssize_t n = read(fd, dst + len, 1);

		if (n <= 0)
			return false;
		len += (size_t)n;
		dst[len] = '\0';
		if (len >= 4 && strcmp(dst + len - 4, "\r\n\r\n") == 0)
			return true;
	}
	return false;
}

static void send_text(int fd, const char *text)
{
	ssize_t n = write(fd, text, strlen(text));

	(void)n; /* the client may have gone: that is what some tests are about */
}

static void send_big(int fd)
{
	static char chunk[1024];

	memset(chunk, 'x', sizeof(chunk) - 1);
	send_text(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 200; i++) {
		char size[32];

		snprintf(size, sizeof(size), "%zx\r\n", strlen(chunk));
		send_text(fd, size);
		send_text(fd, chunk);
		send_text(fd, "\r\n");
	}
	send_text(fd, "0\r\n\r\n");
}

/* False: the connection is closed. */
static bool serve_one(struct server *s, int fd)
{
	char byte;

	if (!read_head(fd, s->last_head, sizeof(s->last_head)))
		return false;
	unsigned seen = ++s->requests;
	if (strstr(s->last_head, "/ok"))
		send_text(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi");
	else if (strstr(s->last_head, "/lost"))
		return false;
	else if (strstr(s->last_head, "/redirect"))
		send_text(fd, "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n");
	else if (strstr(s->last_head, "/later"))
		send_text(fd, "HTTP/1.1 429 Slow\r\nRetry-After: 77\r\nContent-Length: 0\r\n\r\n");
	else if (strstr(s->last_head, "/long"))
		send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n");
	else if (strstr(s->last_head, "/big"))
		send_big(fd);
	else if (strstr(s->last_head, "/second-is-good"))
		return seen == 2 ? false
				 : (send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), true);
	else if (strstr(s->last_head, "/hang"))
		while (read(fd, &byte, 1) > 0)
			;
	return true;
}

static void *serve(void *arg)
{
	struct server *s = arg;
	int fd;

	while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
		s->connections++;
		while (serve_one(s, fd))
			;
		close(fd);
	}
	return NULL;
}

static void server_start(struct server *s)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sa);

	*s = (struct server){.listener = socket(AF_INET, SOCK_STREAM, 0)};
	assert_int_equal(bind(s->listener, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(s->listener, 8), 0);
	assert_int_equal(getsockname(s->listener, (struct sockaddr *)&sa, &len), 0);
	s->port = ntohs(sa.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_stop(struct server *s)
{
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
}

/* --- the client
 * ---------------------------------------------------------------------------------------------- */

struct fixture {
	struct server server;
	struct event_base *base;
	struct loop *loop;
	struct http_client *client;
	/* the last answer */
	unsigned done;
	struct http_answer answer;
	char body[64];
	size_t body_len;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err;

	proc_ignore_sigpipe();
	server_start(&f->server);
	f->base = event_base_new();
	f->loop = loop_libevent_new(f->base);
	f->client = http_client_new(f->loop, 8, &err);
	assert_non_null(f->client);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	http_client_free(f->client);
	loop_libevent_free(f->loop);
	event_base_free(f->base);
	server_stop(&f->server);
	free(f);
	return 0;
}

static void on_done(const struct http_answer *answer, void *arg)
{
	struct fixture *f = arg;

	f->done++;
	f->answer = *answer;
	f->body_len = answer->body.len;
	snprintf(f->body, sizeof(f->body), "%.*s", answer->body.len < 60 ? (int)answer->body.len : 60,
		answer->body.len ? answer->body.data : "");
	event_base_loopbreak(f->base);
}

static struct http_request request_of(const char *url)
{
	return (struct http_request){.method = "GET",
		.url = url,
		.repeat = HTTP_SEND_ONCE,
		.timeout_ms = 10000,
		.connect_timeout_ms = 5000,
		.body_max_bytes = 65536};
}

static void run(struct fixture *f, const struct http_request *request)
{
	struct err err;

	f->done = 0;
	assert_non_null(http_client_start(f->client, request, on_done, f, &err));
	assert_int_equal(f->done, 0); /* never before start has returned */
	while (f->done == 0)
		event_base_dispatch(f->base);
	assert_int_equal(f->done, 1);
}

static void get(struct fixture *f, const char *path)
{
	char url[128] = "";
	struct http_request request = request_of(url);

	snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", f->server.port, path);
	run(f, &request);
}

static void answers_come_over_one_kept_connection(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 3; i++) {
		get(f, "/ok");
		assert_int_equal(f->answer.outcome, HTTP_ANSWERED);
		assert_int_equal(f->answer.status, 200);
		assert_string_equal(f->body, "hi");
	}
	assert_int_equal(f->server.connections, 1);
	assert_non_null(strstr(f->server.last_head, "User-Agent: kiotproxy-fleet/"));
}

static void a_refused_connection_is_not_sent(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sa);
	char url[64] = "";
	struct http_request request = request_of(url);
	int fd = socket(AF_INET, SOCK_STREAM, 0); /* bound, not listening: its port refuses */

	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/new?key=SECRET", ntohs(sa.sin_port));
	run(f, &request);
	assert_int_equal(f->answer.outcome, HTTP_NOT_SENT);
	assert_null(strstr(f->answer.err.msg, "SECRET"));
	close(fd);
}

static void an_answer_lost_on_a_cold_connection_is_lost(void **state)
{
	struct fixture *f = *state;

	get(f, "/lost");
	assert_int_equal(f->answer.outcome, HTTP_LOST);
	assert_int_equal(f->server.requests, 1);
}

/* libcurl would send it again: the connection had been used before, and died without a byte. */
static void an_answer_lost_on_a_kept_connection_is_not_sent_again(void **state)
{
	struct fixture *f = *state;

	get(f, "/ok");
	get(f, "/lost");
	assert_int_equal(f->answer.outcome, HTTP_LOST);
	assert_int_equal(f->server.requests, 2);
	assert_int_equal(f->answer.err.code, ERR_UNAVAILABLE);
}

static void what_may_repeat_is_sent_again(void **state)
{
	struct fixture *f = *state;
	char url[128] = "";
	struct http_request request = request_of(url);

	get(f, "/ok");
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/second-is-good", f->server.port);
	request.repeat = HTTP_MAY_REPEAT;
	run(f, &request);
	assert_int_equal(f->answer.outcome, HTTP_ANSWERED);
	assert_string_equal(f->body, "ok");
	assert_int_equal(f->server.requests, 3);
}

static void a_late_send_is_refused(void **state)
{
	struct fixture *f = *state;
	char url[128] = "";
	struct http_request request = request_of(url);

	get(f, "/ok");
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/ok", f->server.port);
	request.send_before_ms = clock_now_ms() - 1;
	run(f, &request);
	assert_int_equal(f->answer.outcome, HTTP_NOT_SENT);
	assert_int_equal(f->answer.err.code, ERR_TIMEOUT);
	assert_int_equal(f->server.requests, 1);
}

static void a_long_body_is_cut_off(void **state)
{
	struct fixture *f = *state;

	get(f, "/big");
	assert_int_equal(f->answer.outcome, HTTP_LOST);
	assert_int_equal(f->answer.status, 200);
	assert_int_equal(f->answer.err.code, ERR_LIMIT);
	assert_true(f->body_len <= 65536);
	get(f, "/long"); /* its length is told beforehand */
	assert_int_equal(f->answer.outcome, HTTP_LOST);
	assert_int_equal(f->answer.status, 200);
	assert_int_equal(f->answer.err.code, ERR_LIMIT);
}

static void redirects_are_not_followed(void **state)
{
	struct fixture *f = *state;

	get(f, "/redirect");
	assert_int_equal(f->answer.outcome, HTTP_ANSWERED);
	assert_int_equal(f->answer.status, 302);
	assert_int_equal(f->server.requests, 1);
}

static void retry_after_is_told(void **state)
{
	struct fixture *f = *state;

	get(f, "/later");
	assert_int_equal(f->answer.status, 429);
	assert_int_equal(f->answer.retry_after_s, 77);
}

static void silence_ends_with_the_time(void **state)
{
	struct fixture *f = *state;
	char url[128] = "";
	struct http_request request = request_of(url);

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/hang", f->server.port);
	request.timeout_ms = 100;
	run(f, &request);
	assert_int_equal(f->answer.outcome, HTTP_LOST);
	assert_int_equal(f->answer.err.code, ERR_TIMEOUT);
}

static void other_protocols_are_refused(void **state)
{
	static const char *const urls[] = {"file:///etc/passwd", "gopher://127.0.0.1:6379/_PING",
		"ftp://127.0.0.1/", "dict://127.0.0.1/", "not a url"};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		struct http_request request = request_of(urls[i]);

		run(f, &request);
		assert_int_equal(f->answer.outcome, HTTP_NOT_SENT);
	}
	assert_int_equal(f->server.connections, 0);
}

/* The environment may name a proxy; the provider is asked directly all the same. */
static void the_environment_names_no_proxy(void **state)
{
	struct fixture *f = *state;

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	get(f, "/ok");
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
	assert_int_equal(f->answer.outcome, HTTP_ANSWERED);
}

static void a_proxy_gets_its_user_and_the_whole_address(void **state)
{
	struct fixture *f = *state;
	char proxy[64] = "";
	struct http_request request = request_of("http://origin.test/ok");

	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", f->server.port);
	request.proxy = proxy;
	request.proxy_user = "u";
	request.proxy_password = "p";
	run(f, &request);
	assert_int_equal(f->answer.outcome, HTTP_ANSWERED);
	assert_non_null(strstr(f->server.last_head, "GET http://origin.test/ok HTTP/1.1\r\n"));
	assert_non_null(strstr(f->server.last_head, "Proxy-Authorization: Basic dTpw\r\n"));
}

static void headers_of_ones_own(void **state)
{
	static const char *const headers[] = {"Webhook-Id: msg_1", "Webhook-Signature: v1,x"};
	struct fixture *f = *state;
	char url[128] = "";
	struct http_request request = request_of(url);

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/ok", f->server.port);
	request.method = "POST";
	request.content_type = "application/json";
	request.body = SLICE_LIT(""); /* the server takes a body for the next head */
	request.headers = headers;
	request.header_count = ARRAY_LEN(headers);
	run(f, &request);
	assert_non_null(strstr(f->server.last_head, "Webhook-Id: msg_1\r\n"));
	assert_non_null(strstr(f->server.last_head, "Webhook-Signature: v1,x\r\n"));
	assert_non_null(strstr(f->server.last_head, "Content-Type: application/json\r\n"));
}

/* By number, by name, in any spelling: what counts is the address that the connection would go to. */
static void private_addresses_are_not_connected_to(void **state)
{
	static const char *const hosts[] = {"127.0.0.1", "localhost", "127.1", "0x7f000001", "[::1]"};
	struct fixture *f = *state;
	char url[128] = "";
	struct http_request request = request_of(url);

	request.reach = HTTP_PUBLIC_ADDRESS;
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		snprintf(url, sizeof(url), "http://%s:%u/ok", hosts[i], f->server.port);
		run(f, &request);
		assert_int_equal(f->answer.outcome, HTTP_NOT_SENT);
		assert_string_equal(f->answer.err.msg, "the address is not a public one");
	}
	assert_int_equal(f->server.connections, 0);
}

static void link_local_addresses_are_not_connected_to(void **state)
{
	static const char *const urls[] = {"http://169.254.169.254/", "http://2852039166/",
		"http://[::ffff:169.254.1.1]/", "http://[fe80::1]/"};
	struct fixture *f = *state;
	char url[128] = "";
	struct http_request request = request_of(url);

	request.reach = HTTP_NO_LINK_LOCAL;
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		snprintf(url, sizeof(url), "%s", urls[i]);
		run(f, &request);
		assert_true(f->answer.address_refused);
		assert_string_equal(f->answer.err.msg, "the address is a link-local one");
	}
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/ok", f->server.port);
	run(f, &request);
	assert_int_equal(f->answer.outcome, HTTP_ANSWERED);
}

static void cancelling_is_silent(void **state)
{
	struct fixture *f = *state;
	char url[128] = "";
	struct http_request request = request_of(url);
	struct err err;
	struct http_transfer *t;

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/hang", f->server.port);
	f->done = 0;
	t = http_client_start(f->client, &request, on_done, f, &err);
	assert_non_null(t);
	event_base_loop(f->base, EVLOOP_ONCE);
	http_transfer_cancel(t);
	get(f, "/ok");
	assert_int_equal(f->answer.status, 200);
	/* One more is under way when the client goes. */
	assert_non_null(http_client_start(f->client, &request, on_done, f, &err));
	event_base_loop(f->base, EVLOOP_ONCE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_come_over_one_kept_connection),
		TEST(a_refused_connection_is_not_sent),
		TEST(an_answer_lost_on_a_cold_connection_is_lost),
		TEST(an_answer_lost_on_a_kept_connection_is_not_sent_again),
		TEST(what_may_repeat_is_sent_again),
		TEST(a_late_send_is_refused),
		TEST(a_long_body_is_cut_off),
		TEST(redirects_are_not_followed),
		TEST(retry_after_is_told),
		TEST(silence_ends_with_the_time),
		TEST(other_protocols_are_refused),
		TEST(the_environment_names_no_proxy),
		TEST(a_proxy_gets_its_user_and_the_whole_address),
		TEST(headers_of_ones_own),
		TEST(private_addresses_are_not_connected_to),
		TEST(link_local_addresses_are_not_connected_to),
		TEST(cancelling_is_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
