/*
 * http_client.h: HTTP requests on the scheduler's loop (libcurl's multi interface; libcurl appears nowhere
 * else). Keep-alive, no redirects, http and https only, no proxy from the environment, bounded time and body.
 * A request's URL may hold a provider key: it is never logged and never part of an error.
 */
#ifndef KP_SCHEDULER_HTTP_CLIENT_H
#define KP_SCHEDULER_HTTP_CLIENT_H

#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/slice.h"
#include "shared/loop/loop.h"

struct http_client;
struct http_transfer;

enum http_outcome {
	HTTP_NOT_SENT, /* surely not a byte of it reached the server */
	HTTP_LOST,     /* it may have been received and acted upon; there is no (whole) answer */
	HTTP_ANSWERED, /* a complete answer, of whatever status */
};

enum http_repeat {
	HTTP_MAY_REPEAT, /* libcurl may send it again when a kept connection turns out to be dead */
	HTTP_SEND_ONCE,  /* at most one send, whatever happens */
};

enum http_reuse { HTTP_KEEP_ALIVE, HTTP_FRESH_CONNECTION };

/* HTTP_PUBLIC_ADDRESS: a connection to any other address is not made, whatever the name stands for by then;
 * HTTP_NO_LINK_LOCAL: to every one but those that clouds tell their secrets at (ip_addr_is_link_local()).
 * It says nothing of kept connections (so use a fresh one), and a proxy resolves the name itself. */
enum http_reach { HTTP_ANY_ADDRESS, HTTP_NO_LINK_LOCAL, HTTP_PUBLIC_ADDRESS };

struct http_request {
	const char *method; /* "GET" or "POST" */
	const char *url;
	const char *content_type; /* of `body`; NULL = no body */
	struct slice body;
	const char *const *headers; /* "Name: value" each; may be NULL */
	size_t header_count;
	enum http_repeat repeat;
	enum http_reuse reuse;
	enum http_reach reach;
	uint64_t send_before_ms; /* clock_now_ms() after which it must not be sent any more; 0 = no such time
				  */
	uint32_t timeout_ms;     /* for all of it */
	uint32_t connect_timeout_ms;
	uint32_t body_max_bytes;    /* a longer answer is not taken: HTTP_LOST with its status */
	const char *proxy;          /* "http://ip:port" or "socks5h://ip:port"; NULL or "" = direct */
	const char *proxy_user;     /* may be NULL */
	const char *proxy_password; /* may be NULL; secret */
};

struct http_answer {
	enum http_outcome outcome;
	uint32_t status;        /* also with HTTP_LOST, when a head was received; 0 = none */
	bool address_refused;   /* `reach` does not allow the address: nothing was sent */
	uint32_t proxy_status;  /* of a CONNECT to the proxy; 0 = none */
	uint64_t retry_after_s; /* Retry-After; 0 = none */
	int64_t date_ms;        /* Date, epoch; 0 = none */
	uint64_t latency_ms;    /* from start to the last byte, or to the failure */
	struct slice content_type;
	struct slice proxy_says; /* Proxy-Status (RFC 9209), of the answer or of a CONNECT's; may be empty */
	struct slice body;
	struct err err; /* unless HTTP_ANSWERED: what happened, without URL */
};

/* `done` runs once, on the loop, never before http_client_start() has returned; `answer` is valid only
 * inside. */
typedef void http_done_fn(const struct http_answer *answer, void *arg);

/* max_idle: connections kept open for reuse. NULL when libcurl cannot be set up. */
struct http_client *http_client_new(struct loop *loop, uint32_t max_idle, struct err *err) MUST_CHECK;
void http_client_free(struct http_client *client); /* cancels what runs, without calling `done` */

/* All texts are copied. NULL, and `done` never runs, when libcurl refuses the request (a bad URL). */
struct http_transfer *http_client_start(struct http_client *client, const struct http_request *request,
	http_done_fn *done, void *arg, struct err *err) MUST_CHECK;
/* Drops a transfer that has not told `done` yet; NULL is fine. */
void http_transfer_cancel(struct http_transfer *transfer);

#endif
