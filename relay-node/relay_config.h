/* relay_config.h: relay-node's options, read once from the environment and constant from then on. */
#ifndef KP_RELAY_RELAY_CONFIG_H
#define KP_RELAY_RELAY_CONFIG_H

#include "relay-node/deny_list.h"
#include "shared/config/common_config.h"

struct relay_config {
	struct common_config common; /* first: its option table counts from here */
	uint32_t http_port;          /* 0 = off */
	uint32_t port_start, port_end;
	uint32_t threads; /* never 0 after relay_config_load */
	uint32_t head_timeout_ms;
	uint32_t dial_timeout_ms;
	uint32_t upstream_timeout_ms;
	uint32_t keep_alive_timeout_ms;
	uint32_t idle_timeout_ms;
	uint32_t redial_wait_ms;
	uint32_t suspect_wait_ms;
	uint32_t drain_seconds;
	uint32_t drain_notice_seconds;
	uint32_t endpoint_connections;
	uint32_t client_connections;
	const char *destination_deny;
	struct deny_list deny;           /* owned: DESTINATION_DENY, parsed */
	uint32_t connections_per_worker; /* what the limit of descriptors allows */
};

extern const struct option_set relay_options;

/* Reads and checks everything, raises the descriptor limit. The struct must not move afterwards. False with
 * one line. */
bool relay_config_load(struct relay_config *config, struct err *err) MUST_CHECK;
void relay_config_done(struct relay_config *config);

#endif
