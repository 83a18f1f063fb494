/*
 * sessions.h: who asks, and that what they read is not older than what the store had when they asked.
 *
 * One script call (the read barrier) serves all requests of a loop turn: it tells the version of the
 * `records` topic and the owner of each session. A request goes on when our copy has reached that version.
 * While Redis is away, sessions that were seen within the last minutes go on reading from the copy
 * (stale_seconds > 0); writes are answered 503.
 */
#ifndef KP_API_SESSIONS_H
#define KP_API_SESSIONS_H

#include <stdbool.h>

#include "api-node/request.h"

struct api;
struct sessions;

typedef void session_next_fn(struct request *req);

struct sessions *sessions_new(struct api *api) MUST_CHECK;
void sessions_free(struct sessions *sessions);

/* Fills req->caller and calls `next`, or answers 401 / 503. Never calls before it returns. */
void sessions_admit(struct request *req, session_next_fn *next);

/* The session's token: from Authorization: Bearer when that is there, else from the cookie `session_id`.
 * False when there is none. Both are header values, data NULL when absent. */
bool sessions_token(struct slice authorization, struct slice cookies, struct slice *ret_token) MUST_CHECK;

/* Whom `hash` (of a token) belongs to, now: `done` with NULL when it has ended; `ERR_UNAVAILABLE` in err when
 * the store cannot tell. For WebSockets, which outlive the request that opened them. Never before it returns.
 */
typedef void session_known_fn(const struct session *who, const struct err *err, void *arg);
void sessions_lookup(struct sessions *sessions, const char *hash, session_known_fn *done, void *arg);

/* The copy has moved on: requests that wait for its version may go on. */
void sessions_records_advanced(struct sessions *sessions);

/* May a page of this origin act with the cookie: its host is the request's Host, or it is in PUBLIC_URLS. */
bool sessions_origin_allowed(const struct api *api, struct slice host, struct slice origin) MUST_CHECK;

#endif
