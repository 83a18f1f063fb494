/*
 * common_config.h: the options that every node understands. A program's config struct starts with
 * `struct common_config common;`, so that the offsets of this table are right in all of them.
 */
#ifndef KP_CONFIG_COMMON_CONFIG_H
#define KP_CONFIG_COMMON_CONFIG_H

#include "shared/base/log.h"
#include "shared/config/config.h"

enum { NODE_ID_BYTES = 129 };

struct common_config {
	const char *domain; /* NULL when unset: endpoints are then IP:port */
	const char *redis_url;
	const char *redis_prefix; /* holds a {tag}: the fleet lives in one slot of a cluster */
	const char *secret_key;   /* hex; NULL when it comes from the file */
	const char *secret_key_file;
	const char *secret_key_previous;
	const char *node_id; /* never NULL after common_config_finish */
	const char *log_level;
	const char *log_format;
	uint32_t metrics_port; /* 0 = off */
	const char *bind_address;
	bool upstream_allow_private;
	char node_id_text[NODE_ID_BYTES]; /* where a derived node_id lives */
};

extern const struct option_set common_options;

/*
 * Checks what one option alone cannot tell (DOMAIN, REDIS_PREFIX, BIND_ADDRESS, NODE_ID), derives NODE_ID as
 * `<role>-<hostname>-<pid>` when it is unset, and sets up the log. The struct must not move afterwards: the
 * log and node_id point into it.
 */
bool common_config_finish(struct common_config *config, const char *role, struct err *err) MUST_CHECK;

enum config_cli { CONFIG_CLI_RUN, CONFIG_CLI_EXIT_OK, CONFIG_CLI_EXIT_USAGE };

/*
 * What every program does with its command line: --help and --version print to stdout (EXIT_OK: exit 0);
 * anything else is one line on stderr (EXIT_USAGE: exit 2); no argument means run. A program with arguments
 * of its own looks at them before it calls this.
 */
enum config_cli config_cli(int argc, char **argv, const struct config_program *program,
	const struct option_set *sets, size_t set_count) MUST_CHECK;

#endif
