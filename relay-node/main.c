/*
 * main.c: relay-node: reads the options, starts the workers, then is the feed thread: Redis, metrics,
 * signals. It touches no connection; the data plane is worker.c.
 *
 * SIGTERM: readiness goes red and answers say Connection: close; after DRAIN_NOTICE_SECONDS the listeners are
 * accepted empty and closed; connections get DRAIN_SECONDS; then the traffic counted is flushed. A second
 * signal skips the notice.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>

#include "relay-node/heartbeat.h"
#include "relay-node/mails.h"
#include "relay-node/rates.h"
#include "relay-node/relay_config.h"
#include "relay-node/relay_metrics.h"
#include "relay-node/route_feed.h"
#include "relay-node/usage_flush.h"
#include "relay-node/workers.h"
#include "shared/admin/admin_server.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/base/proc.h"
#include "shared/crypto/keyring.h"
#include "shared/loop/loop_libevent.h"
#include "shared/model/change.h"
#include "shared/store/store.h"
#include "shared/store/store_nodes.h"

enum { LAST_FLUSH_MS = 1000, LAST_LOOK_MS = 20, SUSPECT_INTERVAL_MS = 1000, SUSPECTS = 64 };

enum relay_phase { RELAY_SERVING, RELAY_NOTICE, RELAY_DRAINING, RELAY_FLUSHING };

struct relay {
	struct relay_config config;
	struct relay_shared shared;
	struct workers workers;
	struct mailbox feed_box;
	enum relay_phase phase;
	bool served; /* it was ready once */
	struct event_base *base;
	struct event *signals[2];
	struct loop *loop;
	struct loop_io *feed_io;
	struct loop_timer *drain_timer;
	uint64_t flush_until_ms;
	struct keyring *keyring;
	struct store *store;
	struct store_listener listener;
	struct route_feed *feed;
	struct usage_flush *usage;
	struct rates *rates;
	struct heartbeat *heartbeat;
	struct admin_server *admin;
	struct { /* reported lately: workers report the same upstream at the same time */
		uint64_t id, at_ms;
	} suspects[SUSPECTS];
	int exit_code;
};

/* --- mail of the workers --- */

static void on_suspect_reported(const struct store_result *r, void *arg)
{
	(void)arg;
	if (r->status == STORE_LOST || r->status == STORE_ERROR)
		log_info("suspect not reported", log_err(r->err));
}

static void report_suspect(struct relay *relay, const struct mail_suspect *suspect)
{
	size_t slot = suspect->id % SUSPECTS;
	uint64_t now_ms = clock_now_ms();

	if (relay->suspects[slot].id == suspect->id &&
		now_ms - relay->suspects[slot].at_ms < SUSPECT_INTERVAL_MS)
		return;
	relay->suspects[slot].id = suspect->id;
	relay->suspects[slot].at_ms = now_ms;
	log_info("upstream suspect", log_uint("id", suspect->id), log_str("reason", suspect->reason));
	store_suspect_report(relay->store, slice_from_str(relay->config.common.node_id), suspect->id,
		slice_from_str(suspect->reason), on_suspect_reported, relay);
}

/* The last traffic: an answer of Redis, or LAST_FLUSH_MS without one, ends the process. */
static void on_flush_look(struct relay *relay)
{
	usage_flush_now(relay->usage);
	if (usage_flush_idle(relay->usage) || clock_now_ms() >= relay->flush_until_ms)
		event_base_loopbreak(relay->base);
	else
		loop_timer_start(relay->loop, relay->drain_timer, LAST_LOOK_MS);
}

static void on_worker_drained(struct relay *relay)
{
	if (++relay->workers.drained < relay->workers.started)
		return;
	relay->phase = RELAY_FLUSHING;
	relay->flush_until_ms = clock_now_ms() + LAST_FLUSH_MS;
	on_flush_look(relay);
}

static void add_usage(struct relay *relay, const struct mail_usage *usage)
{
	usage_flush_add(relay->usage, usage);
	rates_add(relay->rates, usage);
}

static void on_feed_mail(int fd, unsigned events, void *arg)
{
	struct relay *relay = arg;
	struct mail *mail = mailbox_take(&relay->feed_box);

	(void)fd;
	(void)events;
	while (mail) {
		struct mail *next = mail->next;

		if (mail->kind == MAIL_SUSPECT)
			report_suspect(relay, container_of(mail, struct mail_suspect, mail));
		else if (mail->kind == MAIL_USAGE)
			add_usage(relay, container_of(mail, struct mail_usage, mail));
		else
			on_worker_drained(relay);
		mail_free(mail);
		mail = next;
	}
}

/* --- the end --- */

static void on_drain_timer(void *arg)
{
	struct relay *relay = arg;

	if (relay->phase == RELAY_NOTICE) {
		relay->phase = RELAY_DRAINING;
		log_notice("draining", log_uint("connections", workers_sum(&relay->workers, COUNTER_OPEN)));
		workers_tell(&relay->workers, WORKER_DRAINING);
	} else if (relay->phase == RELAY_FLUSHING) {
		on_flush_look(relay);
	}
}

static void on_signal(evutil_socket_t signal_number, short what, void *arg)
{
	struct relay *relay = arg;

	(void)signal_number;
	(void)what;
	if (relay->phase == RELAY_SERVING) {
		relay->phase = RELAY_NOTICE;
		log_notice("stopping", log_uint("notice_seconds", relay->config.drain_notice_seconds));
		workers_tell(&relay->workers, WORKER_LAME);
		loop_timer_start(
			relay->loop, relay->drain_timer, relay->config.drain_notice_seconds * 1000ull);
	} else if (relay->phase == RELAY_NOTICE) {
		loop_timer_start(relay->loop, relay->drain_timer, 0);
	}
}

static void on_store_event(void *arg, enum store_event event, const struct err *err)
{
	struct relay *relay = arg;

	switch (event) {
	case STORE_EVENT_UP:
		if (relay->heartbeat)
			heartbeat_store_up(relay->heartbeat);
		return;
	case STORE_EVENT_DOWN: return; /* the store has said so; the last known routes serve on */
	case STORE_EVENT_FATAL: break;
	}
	/* A relay that serves goes on: its routes are good. One that has none has nothing to lose. */
	log_error("the store cannot be used", log_err(err));
	if (relay->phase != RELAY_SERVING ||
		(relay->feed && store_follow_ready(route_feed_follow(relay->feed))))
		return;
	fprintf(stderr, "relay-node: %s\n", err->msg);
	relay->exit_code = EXIT_FAILURE;
	relay->phase = RELAY_DRAINING;
	workers_tell(&relay->workers, WORKER_DRAINING);
}

/* --- the admin server --- */

static bool on_ready(void *arg, struct slice query, struct buf *reason)
{
	struct relay *relay = arg;
	struct store_follow *follow = route_feed_follow(relay->feed);
	uint64_t gen, ver, want_gen, want_ver;
	struct slice version = SLICE_NONE;

	store_follow_position(follow, &gen, &ver);
	if (relay->phase != RELAY_SERVING) {
		buf_append_str(reason, "stopping");
	} else if (!store_follow_ready(follow)) {
		buf_append_str(reason, "the routes were never read");
	} else if (query_value(query, "version", &version)) {
		if (!version_parse(version, &want_gen, &want_ver))
			buf_append_str(reason, "version must be <generation>-<version>");
		else if (gen < want_gen || (gen == want_gen && ver < want_ver))
			buf_append_str(reason, "not applied yet");
	}
	/* The workers are microseconds behind the feed: that matters to who asks for a version, and at the
	 * start. */
	if (!reason->len && (!relay->served || version.data) && !workers_are_current(&relay->workers))
		buf_append_str(reason, "being applied");
	relay->served = relay->served || !reason->len;
	return reason->len == 0;
}

static void on_metrics(void *arg, struct metrics_writer *w)
{
	struct relay *relay = arg;

	relay_metrics_write(w, &relay->workers, relay->feed, relay->store);
}

static const struct admin_ops admin_ops = {.ready = on_ready, .metrics = on_metrics};

/* --- life --- */

static bool open_store(struct relay *relay, struct err *err)
{
	const struct common_config *common = &relay->config.common;
	char key_check[HEX_SHA256_BYTES];
	struct store_options options = {.prefix = common->redis_prefix, .key_check = key_check};

	relay->keyring =
		keyring_load(common->secret_key, common->secret_key_file, common->secret_key_previous, err);
	if (!relay->keyring)
		return false;
	if (!store_url_parse(common->redis_url, &options.url, err))
		return false;
	keyring_check_text(relay->keyring, key_check);
	relay->store = store_new(relay->loop, &options);
	relay->listener = (struct store_listener){.event = on_store_event, .arg = relay};
	store_listen(relay->store, &relay->listener);
	return true;
}

static bool catch_signals(struct relay *relay)
{
	static const int numbers[] = {SIGTERM, SIGINT};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		relay->signals[i] = evsignal_new(relay->base, numbers[i], on_signal, relay);
		if (!relay->signals[i] || event_add(relay->signals[i], NULL) != 0)
			return false;
	}
	return true;
}

static bool open_loop(struct relay *relay, struct err *err)
{
	relay->base = event_base_new();
	if (!relay->base || !catch_signals(relay) || !mailbox_init(&relay->feed_box))
		return err_set(err, ERR_INTERNAL, "the event loop cannot be set up");
	relay->loop = loop_libevent_new(relay->base);
	relay->drain_timer = loop_timer_new(relay->loop, on_drain_timer, relay);
	relay->feed_io = loop_io_new(relay->loop, relay->feed_box.event_fd, on_feed_mail, relay);
	ensure(relay->drain_timer && relay->feed_io);
	loop_io_want(relay->loop, relay->feed_io, LOOP_READ);
	return true;
}

static bool relay_open(struct relay *relay, struct err *err)
{
	const struct common_config *common = &relay->config.common;

	relay->feed_box.event_fd = -1;
	if (!open_loop(relay, err) || !open_store(relay, err))
		return false;
	relay->shared = (struct relay_shared){
		.config = &relay->config,
		.keyring = relay->keyring,
		.feed_box = &relay->feed_box,
	};
	if (!workers_start(&relay->workers, &relay->shared, err))
		return false;
	relay->usage = usage_flush_new(relay->loop, relay->store, common->node_id, &relay->workers);
	relay->rates = rates_new(relay->loop, relay->store, common->node_id, &relay->workers);
	relay->feed = route_feed_new(relay->loop, relay->store, relay->keyring, &relay->workers);
	relay->heartbeat = heartbeat_new(&(struct heartbeat_env){
		.loop = relay->loop,
		.store = relay->store,
		.shared = &relay->shared,
		.workers = &relay->workers,
		.feed = relay->feed,
		.usage = relay->usage,
		.rates = relay->rates,
	});
	if (common->metrics_port) {
		relay->admin = admin_server_new(relay->loop, common->bind_address,
			(uint16_t)common->metrics_port, &admin_ops, relay, err);
		return relay->admin != NULL;
	}
	return true;
}

static void discard_mail(struct mailbox *box)
{
	struct mail *mail = mailbox_take(box);

	while (mail) {
		struct mail *next = mail->next;

		mail_free(mail);
		mail = next;
	}
}

/* The store goes before those who wait for its answers: it ends their waiting. */
static void relay_close(struct relay *relay)
{
	if (relay->workers.started && relay->workers.drained < relay->workers.started)
		workers_tell(&relay->workers, WORKER_DRAINING); /* a start that failed half-way */
	workers_stop(&relay->workers);
	admin_server_free(relay->admin);
	route_feed_free(relay->feed);
	if (relay->store)
		store_unlisten(relay->store, &relay->listener);
	store_free(relay->store);
	heartbeat_free(relay->heartbeat);
	usage_flush_free(relay->usage);
	rates_free(relay->rates);
	keyring_free(relay->keyring);
	if (relay->loop) {
		loop_io_free(relay->loop, relay->feed_io);
		loop_timer_free(relay->loop, relay->drain_timer);
	}
	if (relay->feed_box.event_fd >= 0) {
		discard_mail(&relay->feed_box);
		mailbox_done(&relay->feed_box);
	}
	for (size_t i = 0; i < ARRAY_LEN(relay->signals); i++) {
		if (relay->signals[i])
			event_free(relay->signals[i]);
	}
	loop_libevent_free(relay->loop);
	if (relay->base)
		event_base_free(relay->base);
	libevent_global_shutdown();
	relay_config_done(&relay->config);
}

static const struct config_program program = {
	.name = "relay-node",
	.arguments = "[--help | --version]",
	.summary = "Constant proxy endpoints: takes clients to the upstream that is in force now.",
};

int main(int argc, char **argv)
{
	static struct relay
		relay; /* one a process; too big for a stack frame, and its config must not move */
	const struct option_set sets[] = {common_options, relay_options};
	struct err err = {0};

	switch (config_cli(argc, argv, &program, sets, ARRAY_LEN(sets))) {
	case CONFIG_CLI_EXIT_OK: return EXIT_SUCCESS;
	case CONFIG_CLI_EXIT_USAGE: return 2;
	case CONFIG_CLI_RUN: break;
	}
	if (!relay_config_load(&relay.config, &err)) {
		fprintf(stderr, "relay-node: %s\n", err.msg);
		return 2;
	}
	proc_ignore_sigpipe();
	if (relay_open(&relay, &err)) {
		log_notice("started", log_str("build", proc_build()),
			log_uint("threads", relay.config.threads),
			log_uint("http_port", relay.config.http_port),
			log_uint("connections_per_thread", relay.config.connections_per_worker));
		event_base_dispatch(relay.base);
		log_notice("stopped");
	} else {
		fprintf(stderr, "relay-node: %s\n", err.msg);
		relay.exit_code = 2;
	}
	relay_close(&relay);
	return relay.exit_code;
}
