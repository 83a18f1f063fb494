/*
 * main.c: an api-node: reads the configuration, wires the parts together (api.h), runs the loop, ends in
 * order. Every part's own work is in its own file; nothing is decided here but the order.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api-node/api.h"
#include "api-node/api_metrics.h"
#include "api-node/first_admin.h"
#include "api-node/heartbeat.h"
#include "api-node/helper.h"
#include "api-node/job_waits.h"
#include "api-node/password_worker.h"
#include "api-node/public_ports.h"
#include "api-node/push/push.h"
#include "api-node/records.h"
#include "api-node/request.h"
#include "api-node/reset_password.h"
#include "api-node/server.h"
#include "api-node/sessions.h"
#include "api-node/static_files.h"
#include "shared/admin/admin_server.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/base/proc.h"
#include "shared/crypto/keyring.h"
#include "shared/store/store.h"
#include "shared/store/store_url.h"

enum {
	HEAP_KEEP_BYTES = 8 * 1024 * 1024, /* the answers of a loop turn or two */
	DRAIN_MS = 20000,
	EXIT_USAGE = 2,
};

/* Everything that is made at start and freed at the end, in this order. */
struct node {
	struct api_config config;
	struct keyring *keyring;
	struct server *server;
	struct api api;
	struct first_admin *first_admin;
	struct store_listener listener;
	struct heartbeat *heartbeat;
	struct admin_server *admin;
	struct api_readiness readiness;
	int exit_code;
};

static volatile sig_atomic_t stop_requested;
static struct server *server_to_wake; /* for the signal handler only */

static void on_signal(int number)
{
	(void)number;
	stop_requested = 1;
	if (server_to_wake)
		server_wake(server_to_wake);
}

static void on_store_event(void *arg, enum store_event event, const struct err *err)
{
	struct node *node = arg;

	switch (event) {
	case STORE_EVENT_UP: first_admin_ensure(node->first_admin); break;
	case STORE_EVENT_DOWN: break; /* the store has said so, once an outage */
	case STORE_EVENT_FATAL:
		log_error("the store cannot be used", log_err(err));
		fprintf(stderr, "api-node: %s\n", err->msg);
		node->exit_code = EXIT_FAILURE;
		stop_requested = 1;
		break;
	}
}

/* Everything that the environment alone decides: a mistake here is the operator's, and exit status 2. */
static bool configure(struct node *node, struct err *err)
{
	const struct common_config *common = &node->config.common;
	struct store_url url;

	if (!api_config_load(&node->config, err))
		return false;
	if (!store_url_parse(common->redis_url, &url, err))
		return false;
	explicit_bzero(&url, sizeof(url));
	node->keyring =
		keyring_load(common->secret_key, common->secret_key_file, common->secret_key_previous, err);
	return node->keyring != NULL;
}

static bool open_store(struct node *node, struct err *err)
{
	struct store_options options = {.prefix = node->config.common.redis_prefix};
	char key_check[HEX_SHA256_BYTES];

	if (!store_url_parse(node->config.common.redis_url, &options.url, err))
		return false;
	keyring_check_text(node->keyring, key_check);
	options.key_check = key_check;
	node->api.store = store_new(node->api.loop, &options);
	node->listener = (struct store_listener){.event = on_store_event, .arg = node};
	store_listen(node->api.store, &node->listener);
	return true;
}

/* Pages that cannot be read stop nothing: the API is what others depend on. */
static void load_pages(struct api *api)
{
	const char *folder = api->config->ui_dir;
	struct err err = {0};

	if (!folder || folder[0] == '\0')
		return;
	api->static_files = static_files_load(folder, &err);
	if (api->static_files)
		log_info("serving pages", log_str("folder", folder),
			log_uint("files", static_files_count(api->static_files)));
	else
		log_warning("UI_DIR cannot be read, serving the API only", log_err(&err));
}

static bool start(struct node *node, struct err *err)
{
	struct api *api = &node->api;
	const struct common_config *common = &node->config.common;
	struct records_listener listener;

	node->server = server_new(err);
	if (!node->server)
		return false;
	list_init(&api->requests);
	api->config = &node->config;
	api->keyring = node->keyring;
	api->loop = server_loop(node->server);
	load_pages(api);
	node->first_admin = first_admin_new(api, err);
	if (!node->first_admin || !open_store(node, err))
		return false;
	api->public_ports = public_ports_new(&node->config);
	api->sessions = sessions_new(api);
	api->job_waits = job_waits_new(api);
	api->push = push_new(api);
	listener = push_records_listener(api->push);
	api->records = records_new(api, &listener);
	api->passwords = password_worker_new(api->loop, err);
	api->helper = helper_new(api->loop, err);
	if (!api->passwords || !api->helper || !server_listen(node->server, api, err))
		return false;
	node->heartbeat = heartbeat_new(api);
	node->readiness.api = api;
	if (common->metrics_port > 0) {
		node->admin = admin_server_new(api->loop, common->bind_address,
			(uint16_t)common->metrics_port, &api_admin_ops, &node->readiness, err);
		if (!node->admin)
			return err_prefix(err, "METRICS_PORT");
	}
	return true;
}

/* Is anybody there to be answered? A request whose client has left goes on only to keep its answer for a
 * repeated Idempotency-Key. */
static bool answers_owed(struct api *api)
{
	list_each (open, &api->requests) {
		const struct request *req = list_entry(open, struct request, node);
		if (req->session || req->idempotency_scope[0] != '\0')
			return true;
	}
	return false;
}

/* Requests that wait for a job get their answer; idle connections and WebSockets are closed with the server.
 */
static void drain(struct node *node)
{
	uint64_t deadline_ms = clock_now_ms() + DRAIN_MS;

	node->readiness.state = API_DRAINING;
	log_info("draining");
	server_drain(node->server);
	while (answers_owed(&node->api) && clock_now_ms() < deadline_ms)
		if (!server_turn(node->server))
			break;
}

/* First what feeds callbacks: the clients, the topic, then the store, which ends every call that still waits.
 * After that nothing calls anything, and the rest can go in any order. */
static void stop(struct node *node)
{
	struct api *api = &node->api;
	struct list *open;

	server_close(node->server);
	records_stop(api->records);
	push_stop(api->push);
	if (api->store) {
		store_unlisten(api->store, &node->listener);
		store_free(api->store);
	}
	password_worker_free(api->passwords);
	helper_free(api->helper); /* before the requests that it works on */
	while (api->requests.next && (open = list_pop(&api->requests)))
		request_free(list_entry(open, struct request, node));
	admin_server_free(node->admin);
	heartbeat_free(node->heartbeat);
	job_waits_free(api->job_waits);
	sessions_free(api->sessions);
	push_free(api->push);
	records_free(api->records);
	public_ports_free(api->public_ports);
	static_files_free(api->static_files);
	first_admin_free(node->first_admin);
	server_free(node->server);
	keyring_free(node->keyring);
	api_config_done(&node->config);
}

static void run(struct node *node)
{
	struct sigaction action = {.sa_handler = on_signal};

	server_to_wake = node->server;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	log_info("api-node started", log_str("build", proc_build()), log_uint("port", node->config.api_port));
	while (!stop_requested)
		if (!server_turn(node->server))
			break;
	if (node->exit_code == 0)
		drain(node);
}

static const struct config_program program = {
	.name = "api-node",
	.arguments = "[--help | --version | --reset-password <user> [--password-stdin]]",
	.summary = "REST, WebSocket push and the dashboard of the fleet.\n"
		   "With --reset-password: a new password for a user, and back in.",
};

int main(int argc, char **argv)
{
	static struct node node; /* large, and the log keeps pointers into its configuration */
	const struct option_set sets[] = {common_options, api_options};
	struct err err = {0};

	struct reset_options reset;

	if (!reset_password_options(argc, argv, &reset))
		return EXIT_USAGE;
	switch (config_cli(reset.username ? 1 : argc, argv, &program, sets, ARRAY_LEN(sets))) {
	case CONFIG_CLI_EXIT_OK: return EXIT_SUCCESS;
	case CONFIG_CLI_EXIT_USAGE: return EXIT_USAGE;
	case CONFIG_CLI_RUN: break;
	}
	if (!configure(&node, &err)) {
		fprintf(stderr, "api-node: %s\n", err.msg);
		keyring_free(node.keyring);
		api_config_done(&node.config);
		return EXIT_USAGE;
	}
	proc_ignore_sigpipe();
	if (reset.username) {
		node.exit_code = reset_password(&reset, &node.config, node.keyring);
		keyring_free(node.keyring);
		api_config_done(&node.config);
		return node.exit_code;
	}
	proc_keep_heap(HEAP_KEEP_BYTES);
	if (start(&node, &err)) {
		run(&node);
	} else {
		fprintf(stderr, "api-node: %s\n", err.msg);
		node.exit_code = EXIT_FAILURE;
	}
	server_to_wake = NULL;
	stop(&node);
	return node.exit_code;
}
