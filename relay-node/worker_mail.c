/* worker_mail.c: see worker_mail.h. */
#include "relay-node/worker_mail.h"

#include <stdlib.h>

#include "relay-node/conn.h"
#include "relay-node/listener.h"
#include "relay-node/mails.h"
#include "relay-node/stages/stages.h"
#include "relay-node/worker.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"

enum { LISTEN_RETRY_MS = 2000 };

/* Endpoint number n has port PROXY_PORT_START + n, if that is inside the range; else 0. */
static uint16_t port_of(const struct relay_config *config, const struct route *route)
{
	uint64_t port = (uint64_t)config->port_start + route->number;

	return config->port_start && route->number && port <= config->port_end ? (uint16_t)port : 0;
}

void worker_listen_tried(struct worker *worker, const struct listener *listener, const struct err *err)
{
	if (listener->io.fd >= 0)
		return;
	log_warning("cannot listen, trying again", log_uint("port", listener->port),
		log_str("endpoint", listener->entry ? listener->entry->subdomain : NULL), log_err(err));
	if (!worker->listen_timer.deadline_ms)
		timer_wheel_set(&worker->wheel, &worker->listen_timer, worker->now_ms + LISTEN_RETRY_MS);
}

static unsigned retry(struct listener *listener)
{
	struct err err = {0};

	if (!listener || listener->io.fd >= 0)
		return 0;
	if (!listener_retry(listener, &err))
		return 1;
	log_notice("listening at last", log_uint("port", listener->port));
	return 0;
}

void worker_retry_listeners(struct worker *worker)
{
	unsigned failed;
	struct route_entry *entry;
	size_t cursor = 0;

	while (!list_empty(&worker->paused_listeners))
		listener_resume(list_entry(worker->paused_listeners.next, struct listener, node));
	if (!counter_read(&worker->counters.values[COUNTER_LISTEN_FAILED]))
		return; /* the usual case: no walk over all endpoints */
	failed = retry(worker->shared_listener);
	while ((entry = route_table_next(&worker->routes, &cursor)) != NULL)
		failed += retry(entry->listener);
	if (failed)
		timer_wheel_set(&worker->wheel, &worker->listen_timer, worker->now_ms + LISTEN_RETRY_MS);
}

void worker_drop_listeners(struct worker *worker)
{
	struct route_entry *entry;
	size_t cursor = 0;

	while ((entry = route_table_next(&worker->routes, &cursor)) != NULL) {
		listener_close(entry->listener);
		entry->listener = NULL;
	}
}

/* A port listens while its endpoint exists. */
static void fit_listener(struct worker *worker, struct route_entry *entry)
{
	uint16_t port = port_of(worker->shared->config, entry->served->route);
	struct err err = {0};

	if (entry->listener && entry->listener->port == port)
		return;
	listener_close(entry->listener);
	entry->listener = NULL;
	if (!port || worker->phase == WORKER_DRAINING)
		return;
	entry->listener = listener_new(worker, entry, port, &err);
	worker_listen_tried(worker, entry->listener, &err);
}

static void send_usage(struct worker *worker)
{
	struct mail_usage *usage;
	struct route_entry *entry;
	struct route_usage delta;
	size_t count = 0;

	list_each (node, &worker->routes.used) {
		(void)node;
		count++;
	}
	if (!count)
		return;
	usage = mem_alloc(sizeof(*usage) + count * sizeof(usage->items[0]));
	usage->mail = (struct mail){.kind = MAIL_USAGE};
	usage->count = 0;
	while ((entry = route_table_take_usage(&worker->routes, &delta)) != NULL)
		usage->items[usage->count++] = (struct mail_usage_item){
			.id = entry->served->route->id,
			.usage = delta,
			.load = endpoint_load_ref(entry->served->load),
		};
	mailbox_post(worker->shared->feed_box, &usage->mail);
}

static void remove_entry(struct worker *worker, struct route_entry *entry)
{
	struct list *node;

	listener_close(entry->listener);
	entry->listener = NULL;
	while ((node = list_pop(&entry->conns)) != NULL) {
		struct conn *c = list_entry(node, struct conn, own_node);

		conn_close(c, CLOSE_DELETED, NULL);
		if (c->state != CONN_CLOSED)
			conn_run(c); /* lingers: sends the FIN now, not when its time is up */
	}
	if (!list_empty(&entry->usage_node))
		send_usage(worker); /* what it carried since the last round would go with it */
	route_table_remove(&worker->routes, entry);
}

/* Takes over the reference. */
static void set_route(struct worker *worker, struct served_route *served)
{
	struct route_entry *entry = route_table_find(&worker->routes, served->route->subdomain);
	struct served_route *old;

	/* The name was deleted and given away again, and we learn both at once: the new owner inherits
	 * neither the old one's connections nor its traffic. */
	if (entry && entry->served->route->id != served->route->id)
		remove_entry(worker, entry);
	entry = route_table_set(&worker->routes, served, &old);

	counters_add(&worker->counters, COUNTER_ROUTES_APPLIED, 1);
	fit_listener(worker, entry);
	if (old) {
		list_each (node, &entry->conns)
			conn_route_changed(list_entry(node, struct conn, own_node), old);
	}
	served_route_unref(old);
}

/* One step; false when none is left. */
static bool spend(unsigned *steps)
{
	if (!*steps)
		return false;
	--*steps;
	return true;
}

static void del_route(struct worker *worker, struct slice subdomain)
{
	struct route_entry *entry = route_table_find(&worker->routes, subdomain);

	if (entry)
		remove_entry(worker, entry);
}

/*
 * First what is gone (marked by its absence), so that its port is free for whoever has it now; then what is
 * there. In between the worker serves: an endpoint is in the old state or the new one, never in none. Until
 * the end of its first snapshot it says "not synced" of those it does not know (`snapshots`).
 */
static bool apply_snapshot(struct worker *worker, struct mail_snapshot *snapshot, unsigned *steps)
{
	uint64_t seen = worker->routes.snapshots + 1;
	struct route_entry *entry;

	for (; snapshot->phase == SNAPSHOT_MARK && snapshot->next < snapshot->count; snapshot->next++) {
		if (!spend(steps))
			return false;
		entry = route_table_find(&worker->routes, snapshot->served[snapshot->next]->route->subdomain);
		if (entry)
			entry->seen = seen;
	}
	if (snapshot->phase == SNAPSHOT_MARK) {
		snapshot->phase = SNAPSHOT_SWEEP;
		snapshot->next = 0;
	}
	while (snapshot->phase == SNAPSHOT_SWEEP) {
		if (!spend(steps))
			return false;
		entry = route_table_next(&worker->routes, &snapshot->next);
		if (!entry) {
			snapshot->phase = SNAPSHOT_SET;
			snapshot->next = 0;
		} else if (entry->seen != seen) {
			remove_entry(worker, entry);
		}
	}
	for (; snapshot->next < snapshot->count; snapshot->next++) {
		if (!spend(steps))
			return false;
		set_route(worker, snapshot->served[snapshot->next]);
		snapshot->served[snapshot->next] = NULL;
	}
	worker->routes.snapshots = seen;
	return true;
}

/* What the kernel has completed handshakes for would be reset by closing the socket: it is taken off first.
 */
static void empty_listener(struct listener *listener)
{
	if (!listener || listener->io.fd < 0)
		return;
	if (list_empty(&listener->node))
		stage_accept_all(listener);
}

static void begin_drain(struct worker *worker)
{
	struct route_entry *entry;
	size_t cursor = 0;

	empty_listener(worker->shared_listener);
	while ((entry = route_table_next(&worker->routes, &cursor)) != NULL)
		empty_listener(entry->listener);
	worker->phase = WORKER_DRAINING;
	worker->drain_until_ms = worker->now_ms + worker->shared->config->drain_seconds * 1000ull;
	listener_close(worker->shared_listener);
	worker->shared_listener = NULL;
	worker_drop_listeners(worker);
	timer_wheel_cancel(&worker->listen_timer);
	/* The timer wakes the loop when time is up. */
	timer_wheel_set(&worker->wheel, &worker->listen_timer, worker->drain_until_ms);
	list_each (node, &worker->live) {
		struct conn *c = list_entry(node, struct conn, node);

		if (c->state == CONN_IDLE)
			conn_close(c, CLOSE_SHUTDOWN, NULL);
		if (c->state == CONN_LINGER)
			conn_run(c);
	}
}

bool worker_apply(struct worker *worker, struct mail *mail, unsigned *steps)
{
	if (mail->kind == MAIL_SNAPSHOT)
		return apply_snapshot(worker, container_of(mail, struct mail_snapshot, mail), steps);
	(void)spend(steps);
	switch ((enum mail_kind)mail->kind) {
	case MAIL_ROUTE_SET: {
		struct mail_route *route = container_of(mail, struct mail_route, mail);

		set_route(worker, route->served);
		route->served = NULL;
		break;
	}
	case MAIL_ROUTE_DEL:
		del_route(worker, slice_from_str(container_of(mail, struct mail_route, mail)->subdomain));
		break;
	case MAIL_COLLECT: send_usage(worker); break;
	case MAIL_LAME: worker->phase = WORKER_LAME; break;
	case MAIL_DRAIN:
		send_usage(worker);
		begin_drain(worker);
		break;
	default: ensure(!"a mail for workers");
	}
	return true;
}
