/* common_config.c: see common_config.h. */
#include "shared/config/common_config.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/ip_addr.h"
#include "shared/base/proc.h"

#define FIELD(name) offsetof(struct common_config, name)

static const struct option options[] = {
	{"DOMAIN", OPTION_STRING, FIELD(domain), NULL, 0, 253, NULL, NULL,
		"The domain under which endpoints are named (proxy1.DOMAIN), or an IP address; unset: endpoints are "
		"IP:port"},
	{"REDIS_URL", OPTION_STRING, FIELD(redis_url), "redis://127.0.0.1:6379", 0, 1024, NULL, NULL,
		"Where the fleet's state lives: redis://[user:password@]host[:port][/database]"},
	{"REDIS_PREFIX", OPTION_STRING, FIELD(redis_prefix), "{kp}:", 1, 64, NULL, NULL,
		"Before every Redis key; the part in braces keeps a fleet in one cluster slot"},
	{"SECRET_KEY", OPTION_SECRET, FIELD(secret_key), NULL, 64, 64, NULL, NULL,
		"The fleet's key, 32 bytes as 64 hex digits; it seals provider keys and passwords"},
	{"SECRET_KEY_FILE", OPTION_STRING, FIELD(secret_key_file), NULL, 0, 0, NULL, NULL,
		"A file that holds the key, instead of SECRET_KEY"},
	{"SECRET_KEY_PREVIOUS", OPTION_SECRET, FIELD(secret_key_previous), NULL, 64, 64, NULL, NULL,
		"The key before this one while it is being replaced; what it sealed still opens"},
	{"NODE_ID", OPTION_STRING, FIELD(node_id), NULL, 0, NODE_ID_BYTES - 1, NULL, NULL,
		"This node's name in the fleet, unique; unset: role, host name and process id"},
	{"LOG_LEVEL", OPTION_CHOICE, FIELD(log_level), "info", 0, 0, NULL, "debug info notice warning error",
		"The least important events that are logged"},
	{"LOG_FORMAT", OPTION_CHOICE, FIELD(log_format), "text", 0, 0, NULL, "text json",
		"How a line of the log (stderr) looks"},
	{"METRICS_PORT", OPTION_U32, FIELD(metrics_port), "8100", 0, 65535, NULL, NULL,
		"Port of /healthz, /readyz and /metrics, not for the internet; 0 = off"},
	{"BIND_ADDRESS", OPTION_STRING, FIELD(bind_address), "0.0.0.0", 0, 64, NULL, NULL,
		"The address that listeners are bound to, IPv4 or IPv6"},
	{"UPSTREAM_ALLOW_PRIVATE", OPTION_BOOL, FIELD(upstream_allow_private), "false", 0, 0, NULL, NULL,
		"Whether upstreams and targets may have private addresses; for tests and local runs only"},
};

const struct option_set common_options = {options, ARRAY_LEN(options)};

/* Labels of letters, digits and inner hyphens (RFC 1123), or an address literal. */
static bool domain_is_valid(struct slice domain)
{
	struct slice rest = domain, label;
	struct ip_addr addr;
	bool more;

	if (ip_addr_parse(domain, &addr))
		return true;
	do {
		more = slice_cut(rest, '.', &label, &rest);
		if (label.len == 0 || label.len > 63 || label.data[0] == '-' ||
			label.data[label.len - 1] == '-')
			return false;
		for (size_t i = 0; i < label.len; i++)
			if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-", label.data[i]))
				return false;
	} while (more);
	/* A last label of digits would be read as an address by some clients and as a name by others. */
	return label.data[strspn(label.data, "0123456789")] != '\0';
}

/* `{tag}` with something inside (Redis Cluster hash tags), and nothing that a glob or a log could trip on. */
static bool prefix_is_valid(const char *prefix)
{
	const char *open = strchr(prefix, '{');
	const char *shut = open ? strchr(open, '}') : NULL;

	if (!shut || shut == open + 1)
		return false;
	for (const char *c = prefix; *c; c++)
		if (*c <= ' ' || *c >= 0x7f || strchr("*?[]\\\"'", *c))
			return false;
	return true;
}

static bool node_id_is_valid(const char *id)
{
	for (; *id; id++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", *id))
			return false;
	return true;
}

static void derive_node_id(struct common_config *config, const char *role)
{
	char host[HOST_NAME_MAX + 1] = "localhost";

	if (gethostname(host, sizeof(host)) != 0)
		snprintf(host, sizeof(host), "localhost");
	host[sizeof(host) - 1] = '\0';
	for (char *c = host; *c; c++)
		if (!node_id_is_valid((const char[]){*c, '\0'}))
			*c = '-';
	snprintf(config->node_id_text, sizeof(config->node_id_text), "%.40s-%.64s-%ld", role, host,
		(long)getpid());
	config->node_id = config->node_id_text;
}

bool common_config_finish(struct common_config *config, const char *role, struct err *err)
{
	enum log_level level;
	struct ip_addr addr;

	if (config->domain && !domain_is_valid(slice_from_str(config->domain)))
		return err_set(err, ERR_INVALID,
			"DOMAIN=%.60s: must be a domain name in lower case, such as proxy.example.com, or an IP address",
			config->domain);
	if (!prefix_is_valid(config->redis_prefix))
		return err_set(err, ERR_INVALID,
			"REDIS_PREFIX=%s: must hold a tag in braces, such as {kp}:, and none of * ? [ ] \\ or quotes",
			config->redis_prefix);
	if (!ip_addr_parse(slice_from_str(config->bind_address), &addr))
		return err_set(err, ERR_INVALID, "BIND_ADDRESS=%s: must be an IPv4 or IPv6 address",
			config->bind_address);
	if (config->node_id && !node_id_is_valid(config->node_id))
		return err_set(err, ERR_INVALID, "NODE_ID=%.60s: must consist of letters, digits, - _ and .",
			config->node_id);
	if (!config->node_id)
		derive_node_id(config, role);
	if (!log_level_parse(config->log_level, &level))
		return err_set(err, ERR_INVALID, "LOG_LEVEL=%s: is not a level", config->log_level);
	log_setup(level, strcmp(config->log_format, "json") == 0 ? LOG_JSON : LOG_TEXT, config->node_id);
	return true;
}

enum config_cli config_cli(int argc, char **argv, const struct config_program *program,
	const struct option_set *sets, size_t set_count)
{
	if (argc <= 1)
		return CONFIG_CLI_RUN;
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		config_print_help(stdout, program, sets, set_count);
		return CONFIG_CLI_EXIT_OK;
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("%s %s\n", program->name, proc_build());
		return CONFIG_CLI_EXIT_OK;
	}
	/* One too many is the last one. */
	fprintf(stderr, "%s: unknown argument \"%.60s\"; usage: %s %s\n", program->name, argv[argc - 1],
		program->name, program->arguments);
	return CONFIG_CLI_EXIT_USAGE;
}
