/*
 * router.h: from method and path to a handler, by the one table in routes.h. It also does what every handler
 * would have to: 404, 405 with Allow, content type, Origin, the session and its role, the body's JSON.
 */
#ifndef KP_API_ROUTER_H
#define KP_API_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#include "api-node/request.h"

typedef void route_handler_fn(struct request *req);

enum route_access {
	ACCESS_BY_LINK = -4, /* the token in the path is all that is asked for: no cookie, so no Origin */
	ACCESS_PUBLIC = -3,
	ACCESS_SESSION = -2, /* signed in with a password: what a stolen API token must not do */
	ACCESS_SIGNED_IN = -1,
};

enum route_body {
	BODY_NONE,     /* a body is refused */
	BODY_EMPTY,    /* nothing, or {}, which many clients send */
	BODY_OPTIONAL, /* JSON object or nothing */
	BODY_IGNORED,  /* anything, not looked at */
	BODY_UNPARSED, /* JSON, which the handler parses itself, off the loop: it may be large */
	BODY_JSON,     /* a JSON object */
};

struct route_entry {
	enum http_method method;
	const char *pattern; /* "/api/proxies/{id}/rotate"; {id} = number, {token} = one segment */
	route_handler_fn *handler;
	int access; /* enum user_action: what the caller's role must allow; or one of enum route_access */
	enum route_body body;
	size_t body_limit_bytes;
	const char *query; /* the names it takes, "limit, before"; any other, or one twice, is refused: a
			    * misspelt dry_run must not change anything. Or one of: */
};

#define NO_QUERY  ""
#define ANY_QUERY NULL /* monitors and clients add some of their own, against caches */

/* Fills req->route and the path's parameters. False when nothing matches; then *ret_allow is the list of
 * methods that the path has ("GET, PUT"), or "" when the path is unknown. `allow_size` ≥ 64. */
bool router_find(struct request *req, char *ret_allow, size_t allow_size) MUST_CHECK;

/* For a request whose large body has not come yet: every check that its head allows, then `next`; or the
 * refusal. A node holds few large bodies at a time. Not before this has returned. */
void router_admit_large(struct request *req, route_handler_fn *next);

/* Every check, then the handler. Always answers, now or later. */
void router_dispatch(struct request *req);

#endif
