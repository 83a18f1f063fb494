/* relay_config.c: see relay_config.h. One table drives parsing and --help. */
#include "relay-node/relay_config.h"

#include <stddef.h>
#include <unistd.h>

#include "shared/base/proc.h"

#define AT(field) offsetof(struct relay_config, field)
#define NUMBER(env, field, fallback, min, max, unit, help)                       \
	{                                                                        \
		env, OPTION_U32, AT(field), fallback, min, max, unit, NULL, help \
	}

/* clang-format off */
static const struct option options[] = {
	NUMBER("RELAY_HTTP_PORT", http_port, "80", 0, 65535, NULL, "Port shared by all endpoints; the user name selects one; 0 turns it off"),
	NUMBER("PROXY_PORT_START", port_start, "9000", 0, 65535, NULL, "Endpoint number n listens on this port + n; 0 turns the ports off"),
	NUMBER("PROXY_PORT_END", port_end, "9999", 0, 65535, NULL, "Last port of that range"),
	NUMBER("RELAY_THREADS", threads, NULL, 0, 256, NULL, "Worker threads; 0 takes one per processor"),
	NUMBER("HEAD_TIMEOUT_MS", head_timeout_ms, "10000", 100, 600000, "ms", "A client's request head must arrive within this time"),
	NUMBER("DIAL_TIMEOUT_MS", dial_timeout_ms, "5000", 100, 600000, "ms", "Connecting to an upstream may take this long"),
	NUMBER("UPSTREAM_TIMEOUT_MS", upstream_timeout_ms, "30000", 100, 3600000, "ms", "An upstream must begin to answer within this time"),
	NUMBER("KEEP_ALIVE_TIMEOUT_MS", keep_alive_timeout_ms, "60000", 100, 3600000, "ms", "A client connection without a request is closed after this time"),
	NUMBER("IDLE_TIMEOUT_MS", idle_timeout_ms, "600000", 1000, 86400000, "ms", "A tunnel or transfer without a byte either way is closed after this time"),
	NUMBER("REDIAL_WAIT_MS", redial_wait_ms, "10000", 0, 600000, "ms", "A request whose upstream died waits this long for the new one while the proxy rotates"),
	NUMBER("SUSPECT_WAIT_MS", suspect_wait_ms, "1500", 0, 600000, "ms", "The same while nobody is known to rotate it yet"),
	NUMBER("DRAIN_SECONDS", drain_seconds, "30", 0, 86400, "s", "After SIGTERM open connections get this long to end"),
	NUMBER("DRAIN_NOTICE_SECONDS", drain_notice_seconds, "5", 0, 3600, "s", "After SIGTERM the listeners stay open this long, for balancers to notice"),
	NUMBER("ENDPOINT_CONNECTIONS", endpoint_connections, "4096", 1, 1000000, NULL, "Client connections of one endpoint in this process, unless its own limit is set"),
	NUMBER("CLIENT_CONNECTIONS", client_connections, "4096", 1, 1000000, NULL, "Client connections of one address in this process; each worker thread grants its share"),
	{"DESTINATION_DENY", OPTION_STRING, AT(destination_deny), NULL, 0, 65536, NULL, NULL, "Further destinations to refuse: CIDRs, names, and .suffixes, separated by commas"},
};
/* clang-format on */

const struct option_set relay_options = {options, sizeof(options) / sizeof(options[0])};

/* A connection is two descriptors; listeners, Redis, metrics and pipes need theirs. */
static bool size_by_descriptors(struct relay_config *config, struct err *err)
{
	uint64_t nofile = proc_raise_nofile();
	uint64_t ports = config->port_start ? config->port_end - config->port_start + 1 : 0;
	uint64_t reserve = 64 + config->threads * 8ull;
	uint64_t rest;

	/* Ports listen only for endpoints that exist: reserve for all of them only where that is cheap. */
	reserve += ports * config->threads < nofile / 4 ? ports * config->threads : nofile / 4;
	if (nofile < reserve + 16ull * config->threads)
		return err_set(err, ERR_LIMIT,
			"the limit of open files is %llu; this relay needs at least %llu (ulimit -n)",
			(unsigned long long)nofile, (unsigned long long)(reserve + 16ull * config->threads));
	rest = (nofile - reserve) / config->threads;
	config->connections_per_worker = (uint32_t)(rest / 2 > 10000000 ? 10000000 : rest / 2);
	return true;
}

/* An endpoint whose port is taken would be served by the wrong server: its clients would see that one's
 * answers. */
static bool outside_the_range(
	const struct relay_config *config, const char *name, uint32_t port, struct err *err)
{
	if (!config->port_start || port <= config->port_start || port > config->port_end)
		return true;
	return err_set(err, ERR_INVALID,
		"%s=%u: must not be a port of an endpoint (PROXY_PORT_START=%u to PROXY_PORT_END=%u)", name,
		port, config->port_start, config->port_end);
}

static bool ports_are_apart(const struct relay_config *config, struct err *err)
{
	if (config->port_start && config->port_end < config->port_start)
		return err_set(err, ERR_INVALID, "PROXY_PORT_END=%u: must not be below PROXY_PORT_START=%u",
			config->port_end, config->port_start);
	return outside_the_range(config, "METRICS_PORT", config->common.metrics_port, err) &&
	       outside_the_range(config, "RELAY_HTTP_PORT", config->http_port, err);
}

bool relay_config_load(struct relay_config *config, struct err *err)
{
	const struct option_set sets[] = {common_options, relay_options};
	long cores;

	*config = (struct relay_config){0};
	if (!config_load(sets, ARRAY_LEN(sets), config, err))
		return false;
	if (!common_config_finish(&config->common, "relay", err))
		return false;
	if (!ports_are_apart(config, err))
		return false;
	if (!config->threads) {
		cores = sysconf(_SC_NPROCESSORS_ONLN);
		config->threads = cores < 1 ? 1 : cores > 256 ? 256 : (uint32_t)cores;
	}
	if (!deny_list_parse(&config->deny, slice_from_str(config->destination_deny), err))
		return err_prefix(err, "DESTINATION_DENY");
	return size_by_descriptors(config, err);
}

void relay_config_done(struct relay_config *config)
{
	deny_list_done(&config->deny);
}
