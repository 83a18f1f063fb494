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

/* The token of the request: the cookie `session_id`, or Authorization: Bearer. False when there is none. */
bool sessions_token(const struct request *req, struct slice *ret_token) MUST_CHECK;

/* The copy has moved on: requests that wait for its version may go on. */
void sessions_records_advanced(struct sessions *sessions);

/* May a page of this origin act with the cookie: its host is the request's Host, or it is in PUBLIC_URLS. */
bool sessions_origin_allowed(const struct request *req, struct slice origin) MUST_CHECK;

#endif
