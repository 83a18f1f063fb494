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

/* Fills req->caller and calls `next` (never before this has returned), or answers 401 / 503. */
void sessions_admit(struct request *req, session_next_fn *next);

/* 401, for a request whose credentials are none, are of the wrong form, or are nobody's: it says which. */
void sessions_refuse(struct request *req);

/* `req` has changed something: calls `next` when our copy shows it, or when that cannot be known (Redis went
 * away meanwhile): the change is made, so its answer never becomes an error. Never before it returns. */
void sessions_caught_up(struct request *req, session_next_fn *next);

/* Whom `hash` (of a token) belongs to, now: `done` with NULL when it has ended; `ERR_UNAVAILABLE` in err when
 * the store cannot tell. For WebSockets, which outlive the request that opened them. Never before it returns.
 */
typedef void session_known_fn(const struct session *who, const struct err *err, void *arg);
void sessions_lookup(struct sessions *sessions, const char *hash, session_known_fn *done, void *arg);

/* The copy has moved on: requests that wait for its version may go on. */
void sessions_records_advanced(struct sessions *sessions);

/* The user's sessions changed: none of them goes on from the cache. */
void sessions_user_changed(struct sessions *sessions, int64_t user_id);

#endif
