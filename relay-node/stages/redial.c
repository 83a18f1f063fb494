/*
 * redial.c: a request that failed before one byte of an answer. Rotation must not break a client, so it is
 * sent again where that is harmless (nothing was sent yet, or CONNECT and body-less GET, HEAD, OPTIONS):
 *
 *	a route with another upstream is there already  → at once
 *	the route says `rotating`                       → when the newer route comes, REDIAL_WAIT_MS at most
 *	otherwise: report the upstream as suspect       → the same, but SUSPECT_WAIT_MS, for the report
 *	                                                  to take effect
 *
 * When time is up the client gets the most telling of the failures.
 */
#include <stdlib.h>
#include <string.h>

#include "relay-node/conn.h"
#include "relay-node/mails.h"
#include "relay-node/retire.h"
#include "relay-node/stages/stages.h"
#include "relay-node/worker.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"

enum { SUSPECT_INTERVAL_MS = 3000 }; /* per endpoint and worker */

static void report_suspect(struct conn *c, enum close_reason reason)
{
	struct worker *worker = c->worker;
	struct mail_suspect *suspect;

	if (c->entry->suspected_ms && worker->now_ms - c->entry->suspected_ms < SUSPECT_INTERVAL_MS)
		return;
	c->entry->suspected_ms = worker->now_ms;
	suspect = mem_zalloc(sizeof(*suspect));
	suspect->mail.kind = MAIL_SUSPECT;
	suspect->id = c->entry->served->route->id;
	suspect->reason = close_reason_info(reason)->name;
	mailbox_post(worker->shared->feed_box, &suspect->mail);
}

static void give_up(struct conn *c)
{
	const struct route *route = c->entry->served->route;
	enum close_reason reason = c->request.failure;

	/* Nothing was ever dialled: the endpoint had no upstream, and got none. */
	if (reason == CLOSE_DONE)
		conn_close_with(c,
			&(struct answer){.reason = CLOSE_UNAVAILABLE,
				.message_id = route->reason,
				.provider = route->provider},
			NULL);
	else
		conn_close(c, reason, NULL);
}

/* Whether sending the request (again) can do no harm. */
static bool may_repeat(const struct conn *c)
{
	const struct request *request = &c->request;

	if (c->state == CONN_DIAL)
		return true; /* not a byte of it was sent */
	if (request->sends_body || !request->head_bytes)
		return false;
	return request->kind == REQUEST_CONNECT || request->method == HTTP_METHOD_GET ||
	       request->method == HTTP_METHOD_HEAD || request->method == HTTP_METHOD_OPTIONS;
}

static bool other_upstream_is_there(const struct conn *c)
{
	return c->entry->served->route->state == ROUTE_ACTIVE &&
	       (!c->served || !served_route_same_upstream(c->served, c->entry->served));
}

bool stage_redial_is_better(const struct conn *c)
{
	return may_repeat(c) && c->request.attempts < CONN_ATTEMPTS_MAX && other_upstream_is_there(c);
}

static void set_wait_deadline(struct conn *c)
{
	const struct relay_config *config = c->worker->shared->config;
	bool rotating = c->entry->served->route->rotating;

	conn_set_deadline(
		c, c->request.failed_ms + (rotating ? config->redial_wait_ms : config->suspect_wait_ms));
}

static void wait_for_route(struct conn *c)
{
	counters_add(&c->worker->counters, COUNTER_ROUTE_WAITS, 1);
	conn_set_state(c, CONN_WAIT_ROUTE);
	if (!c->request.failed_ms)
		c->request.failed_ms = c->worker->now_ms;
	set_wait_deadline(c);
}

void stage_redial_failed(struct conn *c, enum close_reason reason, int sys_errno)
{
	bool repeat = may_repeat(c) && c->request.attempts < CONN_ATTEMPTS_MAX;

	log_debug("upstream failed", log_str("endpoint", c->entry->subdomain),
		log_str("reason", close_reason_info(reason)->name), log_str("errno", strerror(sys_errno)));
	c->request.failure = close_reason_worse(c->request.failure, reason);
	conn_drop_upstream(c);
	if (!repeat || reason == CLOSE_DIAL_LOCAL) {
		if (reason != CLOSE_DIAL_LOCAL)
			report_suspect(c, reason);
		give_up(c);
		return;
	}
	if (other_upstream_is_there(c)) {
		c->request.failed_ms = 0;
		stage_dial_enter(c);
		return;
	}
	if (!c->entry->served->route->rotating)
		report_suspect(c, reason);
	wait_for_route(c);
}

void stage_redial_wait(struct conn *c)
{
	wait_for_route(c);
}

static void waiting_route_changed(struct conn *c, const struct served_route *old)
{
	const struct route *newest = c->entry->served->route;

	/* A rotation that ended with the same upstream: it may answer again. */
	bool rotation_ended = old->route->rotating && !newest->rotating && newest->state == ROUTE_ACTIVE;

	if (other_upstream_is_there(c) || rotation_ended) {
		c->request.failed_ms = 0;
		stage_dial_enter(c);
	} else if (newest->state == ROUTE_UNAVAILABLE && !newest->rotating) {
		give_up(c);
	} else {
		set_wait_deadline(c);
	}
}

/* The request is on its way to an upstream that is being replaced, and `on_rotate` or a restart cuts. */
static void cut(struct conn *c, enum close_reason reason)
{
	if (c->state == CONN_UPSTREAM_HEAD && !chunk_len(c->down.chunk))
		stage_redial_failed(c, CLOSE_UPSTREAM_CLOSED, 0);
	else
		conn_close(c, reason, NULL);
}

void stage_redial_route_changed(struct conn *c, const struct served_route *old)
{
	enum close_reason reason;

	if (c->state == CONN_WAIT_ROUTE) {
		waiting_route_changed(c, old);
	} else if (c->state == CONN_DIAL) {
		if (other_upstream_is_there(c) && c->request.attempts < CONN_ATTEMPTS_MAX)
			stage_dial_enter(c);
	} else if (retire_decide(c->served, c->entry->served, &reason) == RETIRE_CUT) {
		cut(c, reason);
	} else if (c->state == CONN_UPSTREAM_HEAD && c->request.kind == REQUEST_CONNECT &&
		   stage_redial_is_better(c)) {
		/* Asking twice for a tunnel harms nobody; an upstream that died silently would cost the whole
		 * UPSTREAM_TIMEOUT_MS. */
		c->retire_at_ms = c->worker->now_ms + RETIRE_IDLE_MS;
		conn_set_deadline(c, c->retire_at_ms);
	}
	/* Else a request in flight ends on the upstream it began on. */
}

void stage_wait_run(struct conn *c)
{
	(void)c; /* woken by a route, or by its deadline; a client that leaves is seen by conn_run() */
}

void stage_wait_expire(struct conn *c)
{
	give_up(c);
}
