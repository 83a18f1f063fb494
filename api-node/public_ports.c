/* public_ports.c: see public_ports.h. */
#include "api-node/public_ports.h"

#include <stdlib.h>

#include "api-node/api_config.h"
#include "shared/base/ensure.h"
#include "shared/json/json.h"

struct public_ports {
	const struct api_config *config; /* borrowed */
	struct public_access access;
	uint64_t epoch;
};

struct public_ports *public_ports_new(const struct api_config *config)
{
	struct public_ports *ports = mem_zalloc(sizeof(*ports));

	ports->config = config;
	ports->access = (struct public_access){
		.domain = slice_from_str(config->common.domain),
		.host = slice_from_str(config->public_host),
		.http_port = (uint16_t)config->public_http_port,
		.tls_port = (uint16_t)config->public_tls_port,
		.port_start = (uint16_t)config->public_port_start,
		.port_end = (uint16_t)config->public_port_end,
	};
	return ports;
}

void public_ports_free(struct public_ports *ports)
{
	free(ports);
}

const struct public_access *public_ports_access(const struct public_ports *ports)
{
	return &ports->access;
}

uint64_t public_ports_epoch(const struct public_ports *ports)
{
	return ports->epoch;
}

/* A heartbeat's members are texts; 0 when absent or no port. */
static uint16_t port_member(const struct json *node, const char *name)
{
	struct slice text;
	uint32_t port;
	const struct json *value = json_member(node, name);

	if (!value || !json_str(value, &text) || !slice_parse_u32(text, UINT16_MAX, &port))
		return 0;
	return (uint16_t)port;
}

bool public_ports_learn(struct public_ports *ports, struct slice nodes)
{
	const struct json_limits limits = {.max_bytes = 4 * 1024 * 1024, .max_depth = 8};
	const struct api_config *config = ports->config;
	struct public_access access = ports->access;
	struct json *list = json_parse(nodes, &limits, NULL);

	for (const struct json *node = json_first(list); node; node = json_next(node)) {
		const struct json *role = json_member(node, "role");
		struct slice text;
		if (!role || !json_str(role, &text) || !slice_eq_str(text, "relay"))
			continue;
		if (!config->public_http_port)
			access.http_port = port_member(node, "http_port");
		if (!config->public_port_start) {
			access.port_start = port_member(node, "port_start");
			access.port_end = port_member(node, "port_end");
		}
		break; /* replicas are alike */
	}
	json_free(list);
	bool changed = access.http_port != ports->access.http_port ||
		       access.port_start != ports->access.port_start ||
		       access.port_end != ports->access.port_end;
	ports->access = access;
	ports->epoch += changed;
	return changed;
}
