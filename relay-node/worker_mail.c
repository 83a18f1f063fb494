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

/* Takes over the reference. */
static void set_route(struct worker *worker, struct served_route *served)
{
	struct served_route *old;
	struct route_entry *entry = route_table_set(&worker->routes, served, &old);

	counters_add(&worker->counters, COUNTER_ROUTES_APPLIED, 1);
	entry->seen = worker->routes.snapshots;
	fit_listener(worker, entry);
	if (old) {
		list_each (node, &entry->conns)
			conn_route_changed(list_entry(node, struct conn, own_node), old);
	}
	served_route_unref(old);
}

static void remove_entry(struct worker *worker, struct route_entry *entry)
{
	struct list *node;

	listener_close(entry->listener);
	entry->listener = NULL;
	while ((node = list_pop(&entry->conns)) != NULL) {
		struct conn *c = list_entry(node, struct conn, own_node);

		conn_close(c, CLOSE_DELETED, NULL);
	}
	route_table_remove(&worker->routes, entry);
}

static void del_route(struct worker *worker, struct slice subdomain)
{
	struct route_entry *entry = route_table_find(&worker->routes, subdomain);

	if (entry)
		remove_entry(worker, entry);
}

/* First what is gone, so that its port is free for whoever has it now. */
static void apply_snapshot(struct worker *worker, struct mail_snapshot *snapshot)
{
	uint64_t seen = ++worker->routes.snapshots;
	struct route_entry *entry;
	size_t cursor = 0;

	for (size_t i = 0; i < snapshot->count; i++) {
		entry = route_table_find(&worker->routes, snapshot->served[i]->route->subdomain);
		if (entry)
			entry->seen = seen;
	}
	while ((entry = route_table_next(&worker->routes, &cursor)) != NULL) {
		if (entry->seen != seen)
			remove_entry(worker, entry);
	}
	for (size_t i = 0; i < snapshot->count; i++)
		set_route(worker, served_route_ref(snapshot->served[i]));
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
		usage->items[usage->count++] =
			(struct mail_usage_item){.id = entry->served->route->id, .usage = delta};
	mailbox_post(worker->shared->feed_box, &usage->mail);
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
	}
}

void worker_apply(struct worker *worker, struct mail *mail)
{
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
	case MAIL_SNAPSHOT: apply_snapshot(worker, container_of(mail, struct mail_snapshot, mail)); break;
	case MAIL_COLLECT: send_usage(worker); break;
	case MAIL_LAME: worker->phase = WORKER_LAME; break;
	case MAIL_DRAIN:
		send_usage(worker);
		begin_drain(worker);
		break;
	default: ensure(!"a mail for workers");
	}
}
