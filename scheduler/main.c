/*
 * main.c: the scheduler: reads the options, builds the parts, runs the loop, drains on SIGTERM. What it does
 * is in leader.c and clock.c (making due work into jobs) and jobs.c (doing them).
 *
 * Draining: the lease goes back and reading stops at once; running jobs get DRAIN_MS; what is then left comes
 * again elsewhere. A second signal ends the wait.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>

#include "scheduler/checks.h"
#include "scheduler/clock.h"
#include "scheduler/heartbeat.h"
#include "scheduler/http_client.h"
#include "scheduler/jobs.h"
#include "scheduler/leader.h"
#include "scheduler/probes.h"
#include "scheduler/sched_config.h"
#include "scheduler/sched_env.h"
#include "scheduler/sched_metrics.h"
#include "shared/admin/admin_server.h"
#include "shared/admin/metrics_writer.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/base/proc.h"
#include "shared/crypto/keyring.h"
#include "shared/loop/loop_libevent.h"
#include "shared/store/store.h"

enum { DRAIN_MS = 20000, DRAIN_LOOK_MS = 20 };

struct scheduler {
	struct sched_config config;
	struct sched_metrics metrics;
	struct sched_env env; /* points to the two above and the parts below */
	struct event_base *base;
	struct event *signals[2];
	struct loop *loop;
	struct keyring *keyring;
	struct store *store;
	struct store_listener listener;
	struct http_client *http;
	struct checks *checks;
	struct probes *probes;
	struct jobs *jobs;
	struct leader *leader;
	struct due_clock *clock;
	struct heartbeat *heartbeat;
	struct admin_server *admin;
	struct loop_timer *drain_timer;
	uint64_t drain_until_ms; /* 0 = not draining */
	int exit_code;
};

/* --- draining
 * ------------------------------------------------------------------------------------------------ */

static void on_drain_look(void *arg)
{
	struct scheduler *s = arg;
	size_t running = jobs_running(s->jobs) + checks_running(s->checks) + probes_running(s->probes);
	bool late = clock_now_ms() >= s->drain_until_ms;

	if (!late && (running > 0 || !leader_idle(s->leader))) {
		loop_timer_start(s->loop, s->drain_timer, DRAIN_LOOK_MS);
		return;
	}
	if (running > 0)
		log_warning("jobs are still running, leaving them to others", log_uint("jobs", running));
	event_base_loopbreak(s->base);
}

static void drain(struct scheduler *s)
{
	if (s->drain_until_ms) {
		s->drain_until_ms = 1;
		return;
	}
	log_notice("stopping", log_uint("jobs", jobs_running(s->jobs)));
	s->drain_until_ms = clock_now_ms() + DRAIN_MS;
	leader_stop(s->leader);
	jobs_stop(s->jobs);
	checks_stop(s->checks);
	loop_timer_start(s->loop, s->drain_timer, 0);
}

static void on_signal(evutil_socket_t signal_number, short what, void *arg)
{
	(void)signal_number;
	(void)what;
	drain(arg);
}

static void on_store_event(void *arg, enum store_event event, const struct err *err)
{
	struct scheduler *s = arg;

	if (event != STORE_EVENT_FATAL)
		return; /* up or down: the store has said so */
	log_error("the store cannot be used", log_err(err));
	fprintf(stderr, "scheduler: %s\n", err->msg);
	s->exit_code = EXIT_FAILURE;
	event_base_loopbreak(s->base);
}

/* --- the admin server
 * ---------------------------------------------------------------------------------------- */

static bool on_ready(void *arg, struct slice query, struct buf *reason)
{
	struct scheduler *s = arg;

	(void)query;
	if (s->drain_until_ms)
		buf_append_str(reason, "stopping");
	else if (!store_is_up(s->store))
		buf_append_str(reason, "the store is not open");
	return reason->len == 0;
}

static void on_metrics(void *arg, struct metrics_writer *w)
{
	struct scheduler *s = arg;

	sched_metrics_write(&s->metrics, w);
	metrics_begin(w, "kiotproxy_scheduler_store_up", METRIC_GAUGE, "1 while the store is open");
	metrics_uint(w, METRIC_NO_LABELS, store_is_up(s->store) ? 1 : 0);
	metrics_begin(w, "kiotproxy_scheduler_store_reconnects_total", METRIC_COUNTER,
		"Connections to Redis after the first");
	metrics_uint(w, METRIC_NO_LABELS, store_link_reconnects(store_command_link(s->store)));
}

static const struct admin_ops admin_ops = {.ready = on_ready, .metrics = on_metrics};

/* --- life
 * ---------------------------------------------------------------------------------------------------- */

static bool open_store(struct scheduler *s, struct err *err)
{
	const struct common_config *common = &s->config.common;
	char key_check[HEX_SHA256_BYTES];
	struct store_options options = {.prefix = common->redis_prefix, .key_check = key_check};

	s->keyring =
		keyring_load(common->secret_key, common->secret_key_file, common->secret_key_previous, err);
	if (!s->keyring)
		return false;
	if (!store_url_parse(common->redis_url, &options.url, err))
		return false;
	keyring_check_text(s->keyring, key_check);
	s->store = store_new(s->loop, &options);
	s->listener = (struct store_listener){.event = on_store_event, .arg = s};
	store_listen(s->store, &s->listener);
	return true;
}

static bool open_admin(struct scheduler *s, struct err *err)
{
	const struct common_config *common = &s->config.common;

	if (common->metrics_port == 0)
		return true;
	s->admin = admin_server_new(
		s->loop, common->bind_address, (uint16_t)common->metrics_port, &admin_ops, s, err);
	return s->admin != NULL;
}

static bool catch_signals(struct scheduler *s)
{
	static const int numbers[] = {SIGTERM, SIGINT};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		s->signals[i] = evsignal_new(s->base, numbers[i], on_signal, s);
		if (!s->signals[i] || event_add(s->signals[i], NULL) != 0)
			return false;
	}
	return true;
}

static bool scheduler_open(struct scheduler *s, struct err *err)
{
	s->base = event_base_new();
	if (!s->base || !catch_signals(s))
		return err_set(err, ERR_INTERNAL, "the event loop cannot be set up");
	s->loop = loop_libevent_new(s->base);
	s->drain_timer = loop_timer_new(s->loop, on_drain_look, s);
	ensure(s->drain_timer);
	if (!open_store(s, err) || !open_admin(s, err))
		return false;
	s->http = http_client_new(s->loop, s->config.provider_concurrency, err);
	if (!s->http)
		return false;
	s->env = (struct sched_env){.config = &s->config,
		.keyring = s->keyring,
		.loop = s->loop,
		.store = s->store,
		.http = s->http,
		.metrics = &s->metrics};
	s->checks = checks_new(&s->env);
	s->probes = probes_new(&s->env);
	s->jobs = jobs_new(&s->env, s->checks, s->probes);
	s->leader = leader_new(&s->env);
	s->clock = due_clock_new(&s->env, s->leader);
	s->heartbeat = heartbeat_new(&s->env);
	return true;
}

/* The store goes first: it ends what waits for it, and the parts that waited are still there to hear it. */
static void scheduler_close(struct scheduler *s)
{
	admin_server_free(s->admin);
	if (s->jobs)
		jobs_stop(s->jobs); /* its link goes before the store does */
	if (s->store)
		store_unlisten(s->store, &s->listener);
	store_free(s->store);
	heartbeat_free(s->heartbeat);
	due_clock_free(s->clock);
	leader_free(s->leader);
	jobs_free(s->jobs);
	checks_free(s->checks);
	probes_free(s->probes);
	http_client_free(s->http);
	keyring_free(s->keyring);
	if (s->loop)
		loop_timer_free(s->loop, s->drain_timer);
	for (size_t i = 0; i < ARRAY_LEN(s->signals); i++)
		if (s->signals[i])
			event_free(s->signals[i]);
	loop_libevent_free(s->loop);
	if (s->base)
		event_base_free(s->base);
	libevent_global_shutdown();
}

static const struct config_program program = {
	.name = "scheduler",
	.arguments = "[--help | --version]",
	.summary = "Rotates upstreams: the clock, and the calls to the provider.",
};

int main(int argc, char **argv)
{
	static struct scheduler
		s; /* one a process; too big for a stack frame, and its config must not move */
	struct option_set sets[SCHED_OPTION_SETS];
	struct err err;

	switch (config_cli(argc, argv, &program, sets, sched_option_sets(sets))) {
	case CONFIG_CLI_EXIT_OK: return EXIT_SUCCESS;
	case CONFIG_CLI_EXIT_USAGE: return 2;
	case CONFIG_CLI_RUN: break;
	}
	if (!sched_config_load(&s.config, &err)) {
		fprintf(stderr, "scheduler: %s\n", err.msg);
		return 2;
	}
	proc_ignore_sigpipe();
	proc_raise_nofile();
	if (scheduler_open(&s, &err)) {
		log_notice("started", log_str("build", proc_build()),
			log_uint("slots", s.config.provider_concurrency));
		event_base_dispatch(s.base);
		log_notice("stopped");
	} else {
		fprintf(stderr, "scheduler: %s\n", err.msg);
		s.exit_code = 2;
	}
	scheduler_close(&s);
	return s.exit_code;
}
