/*
 * sim_config.c: the option table of the simulator. Values are applied in the table's order, so that the `-ms`
 * form of a time wins over its `-s` form wherever they stand on the command line.
 */
#include "tests/kiotproxy-sim/sim_config.h"

#include <arpa/inet.h>
#include <string.h>

#include "shared/base/ip_addr.h"
#include "shared/base/slice.h"

enum option_kind { OPTION_ENDPOINT, OPTION_NUMBER, OPTION_SECONDS, OPTION_TEXT };

struct option_def {
	const char *name;
	enum option_kind kind;
	size_t offset;
	size_t size;      /* OPTION_TEXT: bytes of the field */
	const char *text; /* default; NULL = stays as the line before set it */
	uint64_t min, max;
	const char *unit;
	const char *help;
};

#define FIELD(f) offsetof(struct sim_config, f), sizeof(((struct sim_config *)0)->f)

static const uint64_t YEAR_MS = 365ull * 86400 * 1000;

static const struct option_def options[] = {
	{"listen", OPTION_ENDPOINT, FIELD(listen), "127.0.0.1:0", 0, 0, "IPv4:port",
		"vendor API and admin; port 0 = any free one"},
	{"origin", OPTION_ENDPOINT, FIELD(origin), "127.0.0.1:0", 0, 0, "IPv4:port",
		"the target server `origin.test`"},
	{"upstream-port", OPTION_NUMBER, FIELD(upstream_port), "0", 0, 65535, "port",
		"of all upstreams on the wildcard listener; 0 = any free one"},
	{"ttl-s", OPTION_SECONDS, FIELD(ttl_ms), "1200", 1, YEAR_MS, "seconds",
		"life of an upstream; fractions allowed"},
	{"ttl-ms", OPTION_NUMBER, FIELD(ttl_ms), NULL, 1, YEAR_MS, "ms", "the same; wins over --ttl-s"},
	{"ttc-s", OPTION_SECONDS, FIELD(ttc_ms), "60", 0, YEAR_MS, "seconds",
		"time until the next change is allowed; fractions allowed"},
	{"ttc-ms", OPTION_NUMBER, FIELD(ttc_ms), NULL, 0, YEAR_MS, "ms", "the same; wins over --ttc-s"},
	{"latency-ms", OPTION_NUMBER, FIELD(latency_ms), "0", 0, 600000, "ms",
		"before every answer of the vendor API; the work itself is done at once"},
	{"cut-after-ms", OPTION_NUMBER, FIELD(cut_after_ms), "0", 0, 600000, "ms",
		"how long open connections outlive their upstream"},
	{"own-socket-prefix", OPTION_TEXT, FIELD(own_socket_prefix), "", 0, 0, "text",
		"keys beginning so get listening sockets of their own, which refuse when dead"},
	{"key-prefix", OPTION_TEXT, FIELD(key_prefix), "", 0, 0, "text",
		"other keys are answered KEY_NOT_FOUND"},
	{"seed", OPTION_NUMBER, FIELD(seed), "1", 0, UINT64_MAX, "number", "of every random choice"},
	{"state-file", OPTION_TEXT, FIELD(state_file), "", 0, 0, "path",
		"keys and upstreams live on over a restart; empty = not kept"},
};

static bool seconds_parse(struct slice text, uint64_t *ret_ms)
{
	struct slice whole, fraction;
	uint64_t s, ms = 0, scale = 100;

	slice_cut(text, '.', &whole, &fraction);
	if (!slice_parse_u64(whole, &s) || s > YEAR_MS / 1000 || fraction.len > 3)
		return false;
	for (size_t i = 0; i < fraction.len; i++, scale /= 10) {
		if (fraction.data[i] < '0' || fraction.data[i] > '9')
			return false;
		ms += (uint64_t)(fraction.data[i] - '0') * scale;
	}
	*ret_ms = s * 1000 + ms;
	return true;
}

static bool endpoint_parse(struct slice text, struct sockaddr_in *ret_sa)
{
	struct slice host, port;
	char host_text[16];
	uint32_t number;

	if (!slice_cut(text, ':', &host, &port) || !slice_copy(host, host_text, sizeof(host_text)) ||
		!slice_parse_u32(port, 65535, &number))
		return false;
	*ret_sa = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)number)};
	return inet_pton(AF_INET, host_text, &ret_sa->sin_addr) == 1;
}

static bool option_apply(
	const struct option_def *o, const char *text, struct sim_config *config, struct err *err)
{
	void *field = (char *)config + o->offset;
	struct slice s = slice_from_str(text);
	uint64_t number = 0;
	bool good = false;

	switch (o->kind) {
	case OPTION_ENDPOINT:
		if (endpoint_parse(s, field))
			return true;
		return err_set(
			err, ERR_INVALID, "--%s: \"%s\" is not an IPv4 address and port", o->name, text);
	case OPTION_TEXT:
		if (slice_copy(s, field, o->size))
			return true;
		return err_set(err, ERR_INVALID, "--%s: longer than %zu bytes", o->name, o->size - 1);
	case OPTION_NUMBER: good = slice_parse_u64(s, &number); break;
	case OPTION_SECONDS: good = seconds_parse(s, &number); break;
	}
	if (!good || number < o->min || number > o->max)
		return err_set(err, ERR_INVALID, "--%s: \"%s\" is not between %llu and %llu %s", o->name,
			text, (unsigned long long)o->min,
			(unsigned long long)(o->kind == OPTION_SECONDS ? o->max / 1000 : o->max), o->unit);
	memcpy(field, &number, sizeof(number));
	return true;
}

bool sim_config_parse(
	int argc, char **argv, struct sim_config *ret_config, enum sim_command *ret_command, struct err *err)
{
	const char *given[ARRAY_LEN(options)] = {0};
	struct sim_config config = {0};

	for (int i = 1; i < argc; i++) {
		struct slice name, value;
		size_t n = 0;

		if (strcmp(argv[i], "--help") == 0) {
			*ret_command = SIM_HELP;
			return true;
		}
		if (strncmp(argv[i], "--", 2) != 0)
			return err_set(err, ERR_INVALID, "\"%s\" is not an option (see --help)", argv[i]);
		bool joined = slice_cut(slice_from_str(argv[i] + 2), '=', &name, &value);
		while (n < ARRAY_LEN(options) && !slice_eq_str(name, options[n].name))
			n++;
		if (n == ARRAY_LEN(options))
			return err_set(
				err, ERR_INVALID, "--%.*s is not an option (see --help)", SLICE_ARG(name));
		if (!joined && i + 1 == argc)
			return err_set(
				err, ERR_INVALID, "--%s needs a value: %s", options[n].name, options[n].unit);
		given[n] = joined ? value.data : argv[++i];
	}
	for (size_t n = 0; n < ARRAY_LEN(options); n++) {
		const char *text = given[n] ? given[n] : options[n].text;

		if (text && !option_apply(&options[n], text, &config, err))
			return false;
	}
	*ret_config = config;
	*ret_command = SIM_RUN;
	return true;
}

void sim_config_help(FILE *out)
{
	fputs("kiotproxy-sim: a stand-in for the KiotProxy API, its upstream proxies, and a target server.\n"
	      "Prints one JSON line with its addresses when it is ready. Options (--name value):\n",
		out);
	for (size_t n = 0; n < ARRAY_LEN(options); n++) {
		const struct option_def *o = &options[n];

		fprintf(out, "  --%-18s %s [%s, default %s]\n", o->name, o->help, o->unit,
			!o->text   ? "as the option above"
			: *o->text ? o->text
				   : "empty");
	}
}
