/*
 * request.h: one REST request, from its head to its reply. It lives apart from the client's connection: a
 * request may wait for Redis or for a job while its client leaves; it is freed when it is answered (reply.h).
 *
 * It knows no libwebsockets: http_session.c fills it and writes its reply.
 */
#ifndef KP_API_REQUEST_H
#define KP_API_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/ip_addr.h"
#include "shared/base/list.h"
#include "shared/base/slice.h"
#include "shared/crypto/token.h"
#include "shared/model/user.h"

struct api;
struct http_session;
struct json;
struct route_entry;

enum http_method { METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_DELETE, METHOD_OTHER };

/* The request headers that some part of the API reads; one line adds one. */
#define REQUEST_HEADERS(X)                         \
	X(AUTHORIZATION, "authorization:")         \
	X(COOKIE, "cookie:")                       \
	X(CONTENT_TYPE, "content-type:")           \
	X(ACCEPT, "accept:")                       \
	X(ACCEPT_ENCODING, "accept-encoding:")     \
	X(HOST, "host:")                           \
	X(USER_AGENT, "user-agent:")               \
	X(PURPOSE, "purpose:")                     \
	X(SEC_PURPOSE, "sec-purpose:")             \
	X(X_PURPOSE, "x-purpose:")                 \
	X(X_MOZ, "x-moz:")                         \
	X(ORIGIN, "origin:")                       \
	X(BACKUP_PASSPHRASE, "backup-passphrase:") \
	X(SEC_FETCH_SITE, "sec-fetch-site:")       \
	X(IDEMPOTENCY_KEY, "idempotency-key:")     \
	X(IF_NONE_MATCH, "if-none-match:")         \
	X(X_FORWARDED_FOR, "x-forwarded-for:")     \
	X(X_FORWARDED_PROTO, "x-forwarded-proto:")

enum request_header {
#define X(name, text) HEADER_##name,
	REQUEST_HEADERS(X)
#undef X
		HEADER_COUNT
};

/* Who asks, and by which means, as the store's read barrier told it. */
struct caller {
	struct session who;                  /* user_id 0: nobody signed in */
	char session_hash[SHA256_HEX_BYTES]; /* of the session's or the API token's text */
	char actor[ACTOR_TEXT_BYTES];        /* made by actor_of() */
};

/* KEEPING: made, but first it is stored for its Idempotency-Key. In this order: from READY on the connection
 * alone holds the request. */
enum reply_state { REPLY_NONE, REPLY_KEEPING, REPLY_READY, REPLY_SENT };

struct reply {
	enum reply_state state;
	unsigned status;
	uint64_t retry_after_s;      /* 0: none; else a header, and a member of a problem */
	struct buf headers;          /* owned; "Name: value\r\n" lines of this reply's own */
	struct buf body;             /* owned */
	struct slice borrowed;       /* instead of `body`: outlives every request; data NULL: none */
	struct buf provider_message; /* owned; a member of a problem when not empty */
	const char *content_type;
	const char *cache_control;   /* static; NULL: no-store */
	const char *security_policy; /* static; NULL: that of an answer of the API */
};

static inline struct slice reply_content(const struct reply *reply)
{
	return reply->borrowed.data ? reply->borrowed : buf_slice(&reply->body);
}

struct request {
	unsigned magic;
	struct api *api;              /* borrowed: outlives every request */
	struct http_session *session; /* borrowed; NULL once the client has left */
	struct list node;             /* the server's list of open requests */
	enum http_method method;
	bool is_head;             /* HEAD: its method is METHOD_GET, only the answer's head is wanted */
	struct slice path, query; /* into `text`; query: decoded fields, each ended by a NUL */
	struct slice headers[HEADER_COUNT];             /* into `text`; data NULL when absent */
	struct buf text;                                /* owned */
	struct buf body;                                /* owned; raw */
	bool holds_large_body;                          /* counted in api->large_bodies */
	void (*admitted_next)(struct request *req);     /* router_admit_large's */
	struct json *json;                              /* owned; the parsed body, NULL when there is none */
	struct ip_addr peer;                            /* the client, behind trusted proxies too */
	enum { CAME_DIRECTLY, CAME_THROUGH_PROXY } way; /* the latter: its connection is shared by many */
	const struct route_entry *route;                /* static; NULL before the router has found it */
	uint64_t path_id;                               /* the {id} of the path */
	struct slice path_token;                        /* the {token} of the path */
	struct caller caller;
	char id[17]; /* in logs, errors and job results */
	uint64_t started_ms;
	char idempotency_scope[65]; /* empty: none */
	uint64_t stale_seconds;     /* > 0: Redis is away, answered from the copy */
	void *work;                 /* a handler's own, between its steps; freed with work_free */
	void (*work_free)(void *work);
	struct reply reply;
};

struct request *request_new(struct api *api) MUST_CHECK;
struct request *request_from(void *arg); /* checked cast of a callback's argument */
void request_free(struct request *req);  /* only http_session.c, http_head.c and main.c call this */

/* The value of query parameter `name`, percent-decoded into `dst`. False when absent; `*ret_bad` when it is
 * there but malformed, too long, or holds a NUL. */
bool request_query(
	const struct request *req, const char *name, char *dst, size_t size, bool *ret_bad) MUST_CHECK;

#endif
