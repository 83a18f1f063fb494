/*
 * main.c: puts the simulator together: the vendor API and its admin calls on one port, the upstream proxies
 * on another (and on sockets of their own), the origin on a third; one thread, one event loop. Prints its
 * addresses as one line of JSON, and ends cleanly at SIGTERM or SIGINT.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>

#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/base/proc.h"
#include "tests/kiotproxy-sim/admin_api.h"
#include "tests/kiotproxy-sim/sim_config.h"
#include "tests/kiotproxy-sim/state_file.h"

struct sim {
	struct sim_config config;
	struct dice dice;
	struct event_base *base;
	struct upstream_pool pool;
	struct key_table keys;
	struct call_log log;
	struct origin origin;
	struct upstream_proxy proxy;
	struct vendor_api vendor;
	struct admin_api admin;
	struct http_server server;
	struct state_file state;
};

static void on_request(struct http_conn *conn, const struct http_request *request, void *arg)
{
	struct sim *sim = arg;

	if (slice_has_prefix(request->path, SLICE_LIT(ADMIN_API_PREFIX)))
		admin_api_handle(conn, request, &sim->admin);
	else
		vendor_api_handle(conn, request, &sim->vendor);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

static void announce(const struct sim *sim)
{
	const struct sockaddr_in *api = &sim->server.bound, *origin = &sim->origin.server.bound;
	char api_host[INET_ADDRSTRLEN], origin_host[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &api->sin_addr, api_host, sizeof(api_host));
	inet_ntop(AF_INET, &origin->sin_addr, origin_host, sizeof(origin_host));
	printf("{\"api\":\"http://%s:%u/api/v1\",\"admin\":\"http://%s:%u/admin\",\"origin\":\"http://%s:%u\","
	       "\"upstream_port\":%u}\n",
		api_host, ntohs(api->sin_port), api_host, ntohs(api->sin_port), origin_host,
		ntohs(origin->sin_port), sim->pool.port);
	fflush(stdout);
}

static bool sim_start(struct sim *sim, struct err *err)
{
	struct sim_config *config = &sim->config;
	uint16_t port = (uint16_t)config->upstream_port;

	/* Upstreams live on over a restart only at the same port. */
	if (port == 0 && !state_file_port(config->state_file, &port, err))
		return false;
	if (!origin_start(&sim->origin, sim->base, &config->origin, err) ||
		!upstream_proxy_start(
			&sim->proxy, sim->base, &sim->pool, port, &sim->origin.server.bound, err) ||
		!state_file_start(&sim->state, config->state_file, &sim->keys, err))
		return false;
	vendor_api_init(&sim->vendor, sim->base, &sim->keys, &sim->log, config, &sim->dice);
	sim->admin = (struct admin_api){&sim->vendor, &sim->proxy, &sim->origin};
	if (!http_server_start(&sim->server, sim->base, &config->listen, on_request, sim, err))
		return err_prefix(err, "--listen");
	return true;
}

static void sim_run(struct sim *sim)
{
	struct event *term = evsignal_new(sim->base, SIGTERM, on_signal, sim->base);
	struct event *intr = evsignal_new(sim->base, SIGINT, on_signal, sim->base);

	ensure(term && intr);
	event_add(term, NULL);
	event_add(intr, NULL);
	announce(sim);
	event_base_dispatch(sim->base);
	event_free(term);
	event_free(intr);
}

/* Also what a failed start has built: every part accepts never having been started. */
static void sim_done(struct sim *sim)
{
	http_server_done(&sim->server);
	vendor_api_done(&sim->vendor);
	state_file_done(&sim->state);
	upstream_proxy_done(&sim->proxy);
	key_table_done(&sim->keys);
	upstream_pool_done(&sim->pool);
	origin_done(&sim->origin);
	call_log_done(&sim->log);
	event_base_free(sim->base);
	free(sim);
}

/* Cached time would let timers fire early by as long as the loop's turn took: tests measure delays. */
static struct event_base *base_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	ensure(config);
	event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME | EVENT_BASE_FLAG_PRECISE_TIMER);
	base = event_base_new_with_config(config);
	event_config_free(config);
	ensure(base);
	return base;
}

int main(int argc, char **argv)
{
	struct sim *sim = mem_zalloc(sizeof(*sim));
	enum sim_command command = SIM_RUN;
	struct err err = {0};

	if (!sim_config_parse(argc, argv, &sim->config, &command, &err)) {
		fprintf(stderr, "kiotproxy-sim: %s\n", err.msg);
		free(sim);
		return 2;
	}
	if (command == SIM_HELP) {
		sim_config_help(stdout);
		free(sim);
		return 0;
	}
	log_setup(LOG_INFO, LOG_TEXT, "kiotproxy-sim");
	proc_ignore_sigpipe();
	proc_raise_nofile();
	dice_init(&sim->dice, sim->config.seed);
	sim->base = base_new();
	call_log_init(&sim->log);
	upstream_pool_init(&sim->pool, sim->base, &sim->dice, sim->config.cut_after_ms);
	key_table_init(&sim->keys, sim->base, &sim->pool, &sim->config, &sim->dice);
	bool started = sim_start(sim, &err);
	if (started)
		sim_run(sim);
	else
		fprintf(stderr, "kiotproxy-sim: %s\n", err.msg);
	sim_done(sim);
	return started ? 0 : 1;
}
