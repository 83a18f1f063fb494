/*
 * http_client.c: see http_client.h. Longer than 400 lines because libcurl appears in this file only.
 *
 * libcurl asks for descriptors (on_socket) and one timer (on_timer) to be watched; each event goes back
 * through curl_multi_socket_action(), after which finished transfers are collected. Timer callbacks come from
 * inside curl_multi_add_handle(), so even a zero time-out goes through the loop: nothing finishes inside a
 * start.
 *
 * libcurl by itself resends a GET when a kept connection dies before the first byte of the answer. For a call
 * that must not happen twice on_prereq(), which runs right before each send, aborts the second one; the
 * outcome is then HTTP_LOST. The same place refuses a send whose time has passed: a worker frozen between
 * claim and send, and thawed after another took over, must stay silent.
 */
#include "scheduler/http_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/failpoint.h"
#include "shared/base/ip_addr.h"
#include "shared/base/list.h"
#include "shared/base/proc.h"

struct http_client {
	struct loop *loop;        /* borrowed */
	CURLM *multi;             /* owned */
	struct loop_timer *timer; /* owned: libcurl's one timer */
	struct list transfers;
};

struct http_socket {
	struct http_client *client;
	struct loop_io *io;
};

enum refusal { REFUSED_NOT, REFUSED_SECOND_SEND, REFUSED_TOO_LATE };

struct http_transfer {
	struct http_client *client; /* borrowed */
	struct list node;           /* client->transfers */
	CURL *easy;                 /* owned */
	struct curl_slist *headers; /* owned */
	http_done_fn *done;
	void *arg;
	struct buf answer;       /* owned: the body received */
	struct buf request_body; /* owned */
	enum http_repeat repeat;
	enum refusal refusal;
	bool address_refused; /* an address that it would have connected to is beyond `reach` */
	enum http_reach reach;
	uint32_t sends; /* that on_prereq() let through */
	uint64_t send_before_ms;
	uint64_t started_ms;
};

/* --- finishing
 * ----------------------------------------------------------------------------------------------- */

static void transfer_free(struct http_transfer *t)
{
	list_remove(&t->node);
	if (t->easy) {
		curl_multi_remove_handle(t->client->multi, t->easy);
		curl_easy_cleanup(t->easy);
	}
	curl_slist_free_all(t->headers);
	buf_done(&t->answer);
	buf_done(&t->request_body);
	free(t);
}

/* What went wrong, in words that cannot hold the URL: libcurl's own detail may quote the host, never the
 * query. */
static void describe_failure(const struct http_transfer *t, CURLcode code, struct err *err)
{
	if (t->refusal == REFUSED_SECOND_SEND)
		err_set(err, ERR_UNAVAILABLE, "the connection died before the answer");
	else if (t->refusal == REFUSED_TOO_LATE)
		err_set(err, ERR_TIMEOUT, "the time to send had passed");
	else if (t->address_refused && t->sends == 0)
		err_set(err, ERR_INVALID,
			t->reach == HTTP_PUBLIC_ADDRESS ? "the address is not a public one"
							: "the address is a link-local one");
	else if (t->answer.overflow || code == CURLE_FILESIZE_EXCEEDED)
		err_set(err, ERR_LIMIT, "the answer is longer than %zu bytes", t->answer.limit_bytes);
	else
		err_set(err, code == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_UNAVAILABLE, "%s",
			curl_easy_strerror(code));
}

static int64_t date_of(CURL *easy)
{
	struct curl_header *date;
	time_t at = -1;

	if (curl_easy_header(easy, "Date", 0, CURLH_HEADER, -1, &date) == CURLHE_OK)
		at = curl_getdate(date->value, NULL);
	return at > 0 ? (int64_t)at * 1000 : 0;
}

static struct slice proxy_says(CURL *easy)
{
	struct curl_header *header;

	if (curl_easy_header(easy, "Proxy-Status", 0, CURLH_HEADER | CURLH_CONNECT, -1, &header) != CURLHE_OK)
		return SLICE_LIT("");
	return slice_from_str(header->value);
}

static void transfer_finish(struct http_transfer *t, CURLcode code)
{
	struct http_answer answer = {
		.latency_ms = clock_now_ms() - t->started_ms, .body = buf_slice(&t->answer)};
	http_done_fn *done = t->done;
	void *arg = t->arg;
	long status = 0, proxy_status = 0;
	curl_off_t retry_after = 0;
	const char *content_type = NULL;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
	curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &retry_after);
	curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &content_type);
	answer.status = (uint32_t)status;
	answer.address_refused = t->address_refused && t->sends == 0;
	answer.proxy_status = (uint32_t)proxy_status;
	answer.retry_after_s = retry_after > 0 ? (uint64_t)retry_after : 0;
	answer.date_ms = date_of(t->easy);
	answer.content_type = slice_from_str(content_type);
	answer.proxy_says = proxy_says(t->easy);
	if (code == CURLE_OK && !t->answer.overflow) {
		answer.outcome = HTTP_ANSWERED;
	} else {
		answer.outcome = t->sends > 0 ? HTTP_LOST : HTTP_NOT_SENT;
		describe_failure(t, code, &answer.err);
	}
	t->done = NULL;
	done(&answer, arg);
	transfer_free(t);
}

static void collect_finished(struct http_client *client)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(client->multi, &left))) {
		struct http_transfer *t = NULL;

		if (msg->msg != CURLMSG_DONE)
			continue;
		CURLcode code = msg->data.result; /* `msg` dies with its transfer */
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&t);
		transfer_finish(t, code);
	}
}

/* --- libcurl on the loop
 * ------------------------------------------------------------------------------------- */

static void on_io(int fd, unsigned events, void *arg)
{
	struct http_client *client = ((struct http_socket *)arg)->client;
	int mask = 0, running;

	if (events & LOOP_READ)
		mask |= CURL_CSELECT_IN;
	if (events & LOOP_WRITE)
		mask |= CURL_CSELECT_OUT;
	curl_multi_socket_action(client->multi, fd, mask, &running);
	collect_finished(client);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct http_client *client = arg;
	struct http_socket *s = socket_arg;
	unsigned events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s) {
			curl_multi_assign(client->multi, fd, NULL);
			loop_io_free(client->loop, s->io);
			free(s);
		}
		return 0;
	}
	if (!s) {
		s = mem_zalloc(sizeof(*s));
		s->client = client;
		s->io = loop_io_new(client->loop, fd, on_io, s);
		if (!s->io) {
			free(s);
			return -1;
		}
		curl_multi_assign(client->multi, fd, s);
	}
	if (what & CURL_POLL_IN)
		events |= LOOP_READ;
	if (what & CURL_POLL_OUT)
		events |= LOOP_WRITE;
	loop_io_want(client->loop, s->io, events);
	return 0;
}

static void on_timeout(void *arg)
{
	struct http_client *client = arg;
	int running;

	curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect_finished(client);
}

static int on_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct http_client *client = arg;

	(void)multi;
	if (timeout_ms < 0)
		loop_timer_stop(client->loop, client->timer);
	else
		loop_timer_start(client->loop, client->timer, (uint64_t)timeout_ms);
	return 0;
}

/* --- one transfer
 * -------------------------------------------------------------------------------------------- */

static int on_prereq(void *arg, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
	struct http_transfer *t = arg;

	(void)remote_ip;
	(void)local_ip;
	(void)remote_port;
	(void)local_port;
	failpoint("before_send");
	if (t->repeat == HTTP_SEND_ONCE && t->sends > 0)
		t->refusal = REFUSED_SECOND_SEND;
	else if (t->send_before_ms && clock_now_ms() >= t->send_before_ms)
		t->refusal = REFUSED_TOO_LATE;
	if (t->refusal != REFUSED_NOT)
		return CURL_PREREQFUNC_ABORT;
	t->sends++;
	return CURL_PREREQFUNC_OK;
}

static bool within_reach(const struct http_transfer *t, const struct ip_addr *addr)
{
	return t->reach == HTTP_PUBLIC_ADDRESS ? ip_addr_is_public(addr) : !ip_addr_is_link_local(addr);
}

/* Before each connection, with the address that it is made to: what a name stood for a moment ago does not
 * matter. */
static curl_socket_t on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct http_transfer *t = arg;
	struct ip_addr addr;
	uint16_t port;

	(void)purpose;
	if (!ip_addr_from_sockaddr(&address->addr, &addr, &port) || !within_reach(t, &addr)) {
		t->address_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	struct http_transfer *t = arg;

	buf_append(&t->answer, data, size * count);
	return t->answer.overflow ? 0 : size * count;
}

static void set_common(struct http_transfer *t, const struct http_request *request)
{
	CURL *easy = t->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "kiotproxy-fleet/" KP_VERSION);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	/* One request a connection at a time: with HTTP/2 a refused stream is resent in ways of its own. */
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_timeout_ms);
	curl_easy_setopt(easy, CURLOPT_MAXFILESIZE, (long)request->body_max_bytes);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_prereq);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, t);
	t->reach = request->reach;
	if (request->reach != HTTP_ANY_ADDRESS && (!request->proxy || !*request->proxy)) {
		curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
		curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, t);
	}
	if (request->reuse == HTTP_FRESH_CONNECTION) {
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
		curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	}
}

static void set_proxy(CURL *easy, const struct http_request *request)
{
	if (!request->proxy || !*request->proxy) {
		curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* not from the environment either */
		curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
		return;
	}
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	curl_easy_setopt(easy, CURLOPT_PROXY, request->proxy);
	if (request->proxy_user && *request->proxy_user) {
		curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, request->proxy_user);
		curl_easy_setopt(
			easy, CURLOPT_PROXYPASSWORD, request->proxy_password ? request->proxy_password : "");
	}
}

/* The body that is sent; false when libcurl is out of memory. */
static bool set_body(struct http_transfer *t, const struct http_request *request)
{
	char header[128];

	if (!request->content_type)
		return true;
	buf_append_slice(&t->request_body, request->body);
	snprintf(header, sizeof(header), "Content-Type: %s", request->content_type);
	t->headers = curl_slist_append(NULL, header);
	for (size_t i = 0; i < request->header_count && t->headers; i++) {
		struct curl_slist *longer = curl_slist_append(t->headers, request->headers[i]);

		if (!longer)
			return false; /* the list goes with the transfer */
		t->headers = longer;
	}
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE, (long)t->request_body.len);
	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, buf_str(&t->request_body));
	return t->headers && !t->request_body.overflow;
}

struct http_transfer *http_client_start(struct http_client *client, const struct http_request *request,
	http_done_fn *done, void *arg, struct err *err)
{
	struct http_transfer *t = mem_zalloc(sizeof(*t));

	*t = (struct http_transfer){.client = client,
		.done = done,
		.arg = arg,
		.repeat = request->repeat,
		.send_before_ms = request->send_before_ms,
		.started_ms = clock_now_ms(),
		.easy = curl_easy_init()};
	list_init(&t->node);
	buf_init(&t->answer, request->body_max_bytes);
	buf_init(&t->request_body, 0);
	if (!t->easy)
		goto refused;
	set_common(t, request);
	set_proxy(t->easy, request);
	if (!set_body(t, request))
		goto refused;
	/* CURLOPT_URL copies, but checks nothing: a bad one fails as a transfer that was not sent. */
	if (curl_easy_setopt(t->easy, CURLOPT_URL, request->url) != CURLE_OK)
		goto refused;
	if (curl_multi_add_handle(client->multi, t->easy) != CURLM_OK)
		goto refused;
	list_append(&client->transfers, &t->node);
	return t;
refused:
	err_set(err, ERR_INTERNAL, "libcurl refused the request");
	transfer_free(t);
	return NULL;
}

void http_transfer_cancel(struct http_transfer *transfer)
{
	if (transfer)
		transfer_free(transfer);
}

/* --- the client
 * ---------------------------------------------------------------------------------------------- */

struct http_client *http_client_new(struct loop *loop, uint32_t max_idle, struct err *err)
{
	struct http_client *client = mem_zalloc(sizeof(*client));

	client->loop = loop;
	list_init(&client->transfers);
	client->timer = loop_timer_new(loop, on_timeout, client);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		client->multi = curl_multi_init();
	if (!client->multi || !client->timer) {
		err_set(err, ERR_INTERNAL, "libcurl could not be set up");
		http_client_free(client);
		return NULL;
	}
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
	curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
	curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)max_idle);
	curl_multi_setopt(client->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	return client;
}

void http_client_free(struct http_client *client)
{
	if (!client)
		return;
	list_each (node, &client->transfers)
		transfer_free(list_entry(node, struct http_transfer, node));
	if (client->multi)
		curl_multi_cleanup(client->multi);
	loop_timer_free(client->loop, client->timer);
	curl_global_cleanup();
	free(client);
}
