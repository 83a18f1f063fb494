/*
 * router.c: see router.h. One pass over the table a request: some twenty lines, compared segment by segment;
 * a tree would save less than the JSON that follows costs.
 */
#include "api-node/router.h"

#include <stdio.h>
#include <string.h>

#include "api-node/api.h"
#include "api-node/credentials.h"
#include "api-node/handlers/field_text.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/pages.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/handlers/query.h"
#include "api-node/idempotency.h"
#include "api-node/reply.h"
#include "api-node/sessions.h"
#include "shared/base/ensure.h"
#include "shared/json/json.h"
#include "shared/model/validate.h"

static const struct route_entry routes[] = {
#define ROUTE(method, pattern, handler, access, body, limit, query) \
	{METHOD_##method, pattern, handler, access, body, limit, query},
#include "api-node/routes.h"
#undef ROUTE
};

enum { LARGE_BODY_RETRY_S = 5 };

static const char *const method_names[] = {"GET", "POST", "PUT", "DELETE"};

/* ANY_ID: an {id} that is no number fits as well, to tell what is wrong about it. */
enum id_form { NUMBER_ID, ANY_ID };

static bool segment_matches(
	struct slice pattern, struct slice segment, enum id_form form, struct request *req)
{
	if (slice_eq_str(pattern, "{id}") && form == ANY_ID)
		return true;
	if (slice_eq_str(pattern, "{id}"))
		return slice_parse_u64(segment, &req->path_id) && req->path_id > 0 &&
		       segment.data[0] != '0' && req->path_id <= QUERY_ID_MAX;
	if (slice_eq_str(pattern, "{token}")) {
		req->path_token = segment;
		return segment.len > 0;
	}
	return slice_eq(pattern, segment);
}

static bool path_matches(const char *text, enum id_form form, struct request *req)
{
	struct slice pattern = slice_from_str(text), path = req->path;

	while (pattern.len > 0 && path.len > 0) {
		struct slice want, have;
		bool more_pattern = slice_cut(pattern, '/', &want, &pattern);
		bool more_path = slice_cut(path, '/', &have, &path);
		if (more_pattern != more_path || !segment_matches(want, have, form, req))
			return false;
	}
	return pattern.len == 0 && path.len == 0;
}

bool router_find(struct request *req, char *ret_allow, size_t allow_size)
{
	size_t len = 0;

	ensure(allow_size >= 64);
	ret_allow[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		const struct route_entry *entry = &routes[i];
		if (!path_matches(entry->pattern, NUMBER_ID, req))
			continue;
		if (entry->method == req->method) {
			req->route = entry;
			return true;
		}
		len += (size_t)snprintf(ret_allow + len, allow_size - len, "%s%s", len ? ", " : "",
			method_names[entry->method]);
	}
	return false;
}

static bool names_no_number(struct request *req)
{
	for (size_t i = 0; i < ARRAY_LEN(routes); i++)
		if (path_matches(routes[i].pattern, ANY_ID, req))
			return true;
	return false;
}

/* Its upgrade never comes here. */
static bool is_websocket(const struct request *req)
{
	return slice_eq_str(req->path, "/api/ws");
}

static void refuse_unrouted(struct request *req, const char *allow)
{
	if (is_websocket(req) && req->method == METHOD_GET) {
		reply_header(req, "Upgrade", "websocket");
		reply_problem(req, 426, "err.upgrade", NULL, NULL);
		return;
	}
	if (is_websocket(req))
		allow = "GET";
	if (allow[0] == '\0' && pages_serve(req))
		return;
	if (allow[0] == '\0' && names_no_number(req)) {
		reply_problem(req, 404, "err.not_found", NULL,
			"There is nothing at this address; an id in it must be a whole number, such as 7.");
		return;
	}
	if (allow[0] == '\0') {
		reply_problem(req, 404, "err.not_found", NULL,
			"There is nothing at this address; the calls of the API are under /api, and /docs tells "
			"of them.");
		return;
	}
	reply_header(req, "Allow", "%s", allow);
	reply_problem(req, 405, "err.method", NULL, "This address does not take this method.");
}

static bool is_json_type(struct slice content_type)
{
	struct slice type, parameters;

	slice_cut(content_type, ';', &type, &parameters);
	return slice_eq_icase(slice_trim(type, " \t"), SLICE_LIT("application/json"));
}

/*
 * A browser sends the cookie by itself, so a call that changes something and comes with it must prove that
 * one of our pages made it: the content type forces a preflight that we never grant, and what the browser
 * says of the origin must agree. Bearer tokens are not sent by themselves and need none of this.
 */
static bool cross_site(const struct request *req)
{
	struct slice origin = req->headers[HEADER_ORIGIN], site = req->headers[HEADER_SEC_FETCH_SITE];

	if (site.data && !slice_eq_str(site, "same-origin") && !slice_eq_str(site, "none"))
		return true;
	return origin.data &&
	       !credentials_origin_allowed(req->api->config->public_urls, req->headers[HEADER_HOST], origin);
}

/* The body as a JSON object in req->json; false after the refusal was sent. */
static bool take_json(struct request *req)
{
	struct json_limits limits = {.max_bytes = req->route->body_limit_bytes, .max_depth = 32};
	struct field_err field = {0};
	struct err err = {0};

	if (req->route->body == BODY_IGNORED)
		return true;
	if (req->body.len == 0) {
		if (req->route->body != BODY_JSON && req->route->body != BODY_UNPARSED)
			return true;
		reply_problem(
			req, 400, "err.bad_request", NULL, "This call needs a JSON object as its body.");
		return false;
	}
	if (req->route->body == BODY_NONE) {
		reply_problem(req, 400, "err.bad_request", NULL, "This call takes no body.");
		return false;
	}
	if (!is_json_type(req->headers[HEADER_CONTENT_TYPE])) {
		reply_problem(req, 415, "err.bad_request", NULL, "The body must be application/json.");
		return false;
	}
	if (req->route->body == BODY_UNPARSED)
		return true;
	req->json = json_parse(buf_slice(&req->body), &limits, &err);
	if (!req->json) {
		err_prefix(&err, "The body is not valid JSON");
		reply_bad_request(req, &err);
		return false;
	}
	if (json_kind(req->json) != JSON_OBJECT) {
		reply_problem(req, 400, "err.bad_request", NULL, "The body must be a JSON object.");
		return false;
	}
	if (req->route->body == BODY_EMPTY && !field_only_members(req->json, NULL, 0, &field)) {
		field_reply(req, &field);
		return false;
	}
	return true;
}

/* Only these two: whatever is added to enum route_access one day asks for a session until it is named here.
 */
static bool asks_for_nobody(const struct route_entry *route)
{
	return route->access == ACCESS_PUBLIC || route->access == ACCESS_BY_LINK;
}

static void run(struct request *req)
{
	if (!query_known(req, req->route->query) || !take_json(req))
		return;
	if (req->method != METHOD_GET && !asks_for_nobody(req->route) &&
		req->headers[HEADER_IDEMPOTENCY_KEY].data)
		idempotency_run(req, req->route->handler);
	else
		req->route->handler(req);
}

/* What the caller, whom the session check has told, may do. False after the refusal was sent. */
static bool check_caller(struct request *req)
{
	const struct session *who = &req->caller.who;
	int access = req->route->access;

	if (access >= 0 && !user_role_may(who->role, (enum user_action)access))
		reply_problem(req, 403, "err.forbidden", NULL, NULL);
	else if (access == ACCESS_SESSION && who->means != MEANS_SESSION)
		reply_problem(req, 403, "err.session_only", NULL, NULL);
	else if (who->access == SESSION_READ_ONLY && req->method != METHOD_GET)
		reply_problem(req, 403, "err.read_only", NULL, NULL);
	else
		return true;
	return false;
}

/* Bodies of strangers are not even parsed. */
static void admitted(struct request *req)
{
	if (check_caller(req))
		run(req);
}

/* False after the refusal was sent. */
static bool check_site(struct request *req)
{
	if (req->method == METHOD_GET || req->headers[HEADER_AUTHORIZATION].data ||
		req->route->access == ACCESS_BY_LINK)
		return true;
	if (cross_site(req)) {
		reply_problem(req, 403, "err.cross_site", NULL,
			"With the session cookie, a call that changes something must come from this site.");
		return false;
	}
	if (!is_json_type(req->headers[HEADER_CONTENT_TYPE])) {
		reply_problem(req, 415, "err.bad_request", NULL,
			"A call that changes something needs "
			"Content-Type: application/json.");
		return false;
	}
	return true;
}

static void admitted_large(struct request *req)
{
	struct api *api = req->api;

	if (!check_caller(req) || !query_known(req, req->route->query))
		return;
	if (api->large_bodies >= API_LARGE_BODIES_MAX) {
		reply_busy(req, LARGE_BODY_RETRY_S, NULL);
	} else {
		api->large_bodies++;
		req->holds_large_body = true;
		req->admitted_next(req);
	}
}

void router_admit_large(struct request *req, route_handler_fn *next)
{
	ensure(req->route->access >= 0); /* no call for everybody takes so much */
	req->admitted_next = next;
	if (check_site(req))
		sessions_admit(req, admitted_large);
}

void router_dispatch(struct request *req)
{
	char allow[64];

	if (!req->route && !router_find(req, allow, sizeof(allow)))
		refuse_unrouted(req, allow);
	else if (!check_site(req))
		return;
	else if (asks_for_nobody(req->route))
		run(req);
	else
		sessions_admit(req, admitted);
}
