/*
 * vendor_api.c: see vendor_api.h.
 *
 *	vendor_api_handle -> request_read -> call_start -> (delay) -> call_work -> (delay) -> call_deliver
 *
 * By default the work is done before the delay: a client that gives up waiting has rotated all the same, as
 * with the real vendor. A call outlives its connection, so that its work takes place even if the client went
 * away.
 */
#include "tests/kiotproxy-sim/vendor_api.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "shared/base/ensure.h"
#include "tests/kiotproxy-sim/query.h"
#include "tests/kiotproxy-sim/vendor_answer.h"

static const uint64_t HUGE_BYTES = 64ull * 1024 * 1024;

static const char *const call_names[CALL_COUNT] = {"new", "current", "out"};

struct vendor_call {
	struct list node;       /* on api->calls */
	struct vendor_api *api; /* borrowed */
	struct http_conn *conn; /* borrowed; NULL once the client is gone */
	struct key_state *key;  /* borrowed */
	enum vendor_call_kind kind;
	enum region region;
	struct behaviour rule;
	enum { CALL_WORKING, CALL_ANSWERED } state; /* ANSWERED: only the delivery is left */
	struct answer answer;
	struct event *timer; /* owned; NULL without delay */
};

void vendor_api_init(struct vendor_api *api, struct event_base *base, struct key_table *keys,
	struct call_log *log, const struct sim_config *config, struct dice *dice)
{
	*api = (struct vendor_api){.base = base, .keys = keys, .log = log, .config = config, .dice = dice};
	list_init(&api->calls);
}

static void call_free(struct vendor_call *call)
{
	list_remove(&call->node);
	if (call->timer)
		event_free(call->timer);
	answer_done(&call->answer);
	free(call);
}

void vendor_api_done(struct vendor_api *api)
{
	if (!api->base)
		return;
	list_each (it, &api->calls)
		call_free(list_entry(it, struct vendor_call, node));
}

/* A client library's default name, or none, is what the vendor's firewall turns away. */
static bool agent_is_welcome(const struct http_request *request)
{
	static const char *const blocked[] = {
		"Python-urllib/", "python-requests/", "libcurl", "Java/", "Go-http-client/"};
	const struct http_header *agent = http_head_find(&request->head, "User-Agent");

	if (!agent || agent->value.len == 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(blocked); i++)
		if (slice_has_prefix(agent->value, slice_from_str(blocked[i])))
			return false;
	return true;
}

/* The work that a call does when nothing goes wrong. */
static void work_well(struct vendor_call *call)
{
	struct key_state *key = call->key;
	struct err err = {0};

	if (call->kind == CALL_NEW) {
		if (key_cooldown_ms(key) > 0) {
			answer_error(&call->answer, VENDOR_COOLDOWN, key, NULL);
		} else if (call->rule.mode == MODE_SAME_IP && key->current) {
			key->counts.same_ip++;
			key_renew(key);
			answer_proxy(&call->answer, key, "same_ip");
		} else if (key_rotate(key, call->region, &err)) {
			answer_proxy(&call->answer, key, "rotated");
		} else {
			answer_error(&call->answer, VENDOR_INTERNAL, key, NULL);
		}
	} else if (!key->current) {
		answer_error(&call->answer, VENDOR_NOT_ASSIGNED, key, NULL);
	} else if (call->kind == CALL_CURRENT) {
		answer_proxy(&call->answer, key, "current");
	} else {
		key_release(key);
		answer_released(&call->answer, key);
	}
}

static void call_work(struct vendor_call *call)
{
	struct answer *a = &call->answer;

	call->state = CALL_ANSWERED;
	switch (call->rule.mode) {
	case MODE_KEY_NOT_FOUND: answer_error(a, VENDOR_KEY_NOT_FOUND, call->key, NULL); break;
	case MODE_KEY_EXPIRED: answer_error(a, VENDOR_KEY_EXPIRED, call->key, NULL); break;
	case MODE_RATE_LIMITED: answer_error(a, VENDOR_RATE_LIMITED, call->key, NULL); break;
	case MODE_NO_STOCK: answer_error(a, VENDOR_NO_STOCK, call->key, NULL); break;
	case MODE_FIREWALL: answer_firewall(a); break;
	case MODE_GARBAGE: answer_garbage(a); break;
	case MODE_REDIRECT: answer_redirect(a); break;
	case MODE_HTTP_500: answer_server_error(a); break;
	case MODE_HUGE:
		*a = (struct answer){
			.kind = ANSWER_HUGE, .http = 200, .type = "application/json", .outcome = "huge"};
		break;
	case MODE_LOST_BEFORE: *a = (struct answer){.kind = ANSWER_LOST, .outcome = "lost_before"}; break;
	case MODE_LOST:
		work_well(call);
		a->kind = ANSWER_LOST;
		/* The log tells a lost rotation from a lost refusal. */
		a->outcome = a->http != 200           ? "lost_failure"
			     : call->kind == CALL_NEW ? "lost_rotated"
						      : "lost";
		break;
	case MODE_NONE:
	case MODE_SAME_IP:
	case MODE_SLOW: work_well(call); break;
	}
	if (call->rule.http && a->kind == ANSWER_TEXT)
		a->http = call->rule.http;
	call_log_add(call->api->log, call->key->name_text, call_names[call->kind], a->outcome,
		a->kind == ANSWER_LOST ? 0 : a->http);
}

/* Valid JSON as far as it goes, and far too much of it. */
static void huge_fill(uint64_t offset, char *dst, size_t len)
{
	static const char start[] = "{\"success\":true,\"padding\":\"";

	for (size_t i = 0; i < len; i++)
		dst[i] = offset + i < sizeof(start) - 1 ? start[offset + i] : 'x';
	if (offset + len == HUGE_BYTES)
		memcpy(dst + len - 2, "\"}", 2);
}

static void call_deliver(struct vendor_call *call)
{
	struct http_conn *conn = call->conn;
	struct answer *a = &call->answer;

	if (conn) {
		http_on_gone(conn, NULL, NULL);
		if (a->kind == ANSWER_LOST)
			http_cut(conn, call->rule.cut);
		else if (a->kind == ANSWER_HUGE)
			http_reply_stream(conn, a->http, a->type, HTTP_BODY_LENGTH, HUGE_BYTES, huge_fill);
		else
			http_reply(conn, a->http, a->type, a->extra, buf_slice(&a->body));
	}
	call_free(call);
}

static void on_delay_over(evutil_socket_t fd, short what, void *arg)
{
	struct vendor_call *call = arg;

	(void)fd;
	(void)what;
	if (call->state == CALL_WORKING)
		call_work(call);
	call_deliver(call);
}

static void on_client_gone(struct http_conn *conn, void *arg)
{
	struct vendor_call *call = arg;

	(void)conn;
	call->conn = NULL;
}

/* "The same IP again" says nothing about a call that would not rotate: it must not use up a one-shot rule. */
static struct behaviour rule_pick(struct vendor_api *api, struct key_state *key, enum vendor_call_kind kind)
{
	struct behaviour *rule = behaviour_in_force(&key->rule, &api->keys->default_rule);

	if (rule->mode == MODE_SAME_IP && (!key->current || key_cooldown_ms(key) > 0))
		return (struct behaviour){.mode = MODE_NONE};
	return behaviour_pick(rule, kind, api->dice);
}

static void call_start(struct vendor_api *api, struct http_conn *conn, struct key_state *key,
	enum vendor_call_kind kind, enum region region)
{
	struct vendor_call *call = mem_zalloc(sizeof(*call));
	uint64_t ms;

	call->api = api;
	call->conn = conn;
	call->key = key;
	call->kind = kind;
	call->region = region;
	call->rule = rule_pick(api, key, kind);
	answer_init(&call->answer);
	list_append(&api->calls, &call->node);
	api->counts.calls[kind]++;
	key->counts.calls[kind]++;
	ms = api->config->latency_ms + call->rule.delay_ms;
	if (ms == 0 || call->rule.work == WORK_FIRST)
		call_work(call);
	if (ms == 0) {
		call_deliver(call);
		return;
	}
	struct timeval after = {.tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
	call->timer = evtimer_new(api->base, on_delay_over, call);
	ensure(call->timer);
	evtimer_add(call->timer, &after);
	http_on_gone(conn, on_client_gone, call);
}

static void refuse(struct vendor_api *api, struct http_conn *conn, enum vendor_error error, const char *call)
{
	struct answer a;

	answer_init(&a);
	answer_error(&a, error, NULL, api->config->key_prefix);
	api->counts.refused++;
	call_log_add(api->log, "", call, a.outcome, a.http);
	http_reply(conn, a.http, a.type, NULL, buf_slice(&a.body));
	answer_done(&a);
}

/* Exactly `key`, and for /new `region`, each at most once. */
static bool parameters_read(const struct http_request *request, enum vendor_call_kind kind, char *key,
	size_t size, enum region *ret_region)
{
	struct slice rest = request->query, name;
	char value[SIM_KEY_MAX + 1];
	unsigned regions = 0;

	key[0] = '\0';
	*ret_region = REGION_RANDOM;
	while (query_next(&rest, &name, value, sizeof(value))) {
		if (slice_eq_str(name, "key") && !key[0]) {
			if (!slice_copy(slice_from_str(value), key, size))
				return false;
		} else if (!slice_eq_str(name, "region") || kind != CALL_NEW || regions++ > 0 ||
			   !region_parse(slice_from_str(value), ret_region)) {
			return false;
		}
	}
	return rest.len == 0;
}

void vendor_api_handle(struct http_conn *conn, const struct http_request *request, void *arg)
{
	struct vendor_api *api = arg;
	struct slice path = slice_from(request->path, sizeof(VENDOR_API_PREFIX "proxies/") - 1);
	struct slice prefix = slice_from_str(api->config->key_prefix);
	struct key_state *key;
	enum region region;
	unsigned kind = 0;
	char name[SIM_KEY_MAX + 1];

	if (!agent_is_welcome(request)) {
		struct answer a;

		answer_init(&a);
		answer_firewall(&a);
		api->counts.refused++;
		call_log_add(api->log, "", "", a.outcome, a.http);
		http_reply(conn, a.http, a.type, NULL, buf_slice(&a.body));
		answer_done(&a);
		return;
	}
	while (kind < CALL_COUNT && !slice_eq_str(path, call_names[kind]))
		kind++;
	if (!slice_has_prefix(request->path, SLICE_LIT(VENDOR_API_PREFIX)))
		refuse(api, conn, VENDOR_ELSEWHERE, "");
	else if (kind == CALL_COUNT ||
		 !slice_has_prefix(request->path, SLICE_LIT(VENDOR_API_PREFIX "proxies/")))
		refuse(api, conn, VENDOR_NOT_FOUND, "");
	else if (!slice_eq_str(request->head.method, "GET"))
		refuse(api, conn, VENDOR_METHOD, call_names[kind]);
	else if (!parameters_read(request, (enum vendor_call_kind)kind, name, sizeof(name), &region))
		refuse(api, conn, VENDOR_BAD_REQUEST, call_names[kind]);
	else if (!key_name_is_good(slice_from_str(name)))
		refuse(api, conn, VENDOR_KEY_NOT_FOUND, call_names[kind]);
	else if (!slice_has_prefix(slice_from_str(name), prefix))
		refuse(api, conn, VENDOR_KEY_FOREIGN, call_names[kind]);
	else if (!(key = key_table_get(api->keys, slice_from_str(name))))
		refuse(api, conn, VENDOR_INTERNAL, call_names[kind]);
	else
		call_start(api, conn, key, (enum vendor_call_kind)kind, region);
}
