/* sim_config.h: the command line as a struct. One table makes parsing, validation and --help. */
#ifndef KP_SIM_SIM_CONFIG_H
#define KP_SIM_SIM_CONFIG_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "shared/base/err.h"

enum { SIM_KEY_MAX = 128 };

enum sim_command { SIM_RUN, SIM_HELP };

struct sim_config {
	struct sockaddr_in listen;               /* vendor API and admin */
	struct sockaddr_in origin;               /* the target server of tests */
	uint64_t upstream_port;                  /* wildcard proxy listener; 0 = any free port */
	uint64_t ttl_ms;                         /* life of an upstream */
	uint64_t ttc_ms;                         /* time until the next change is allowed */
	uint64_t latency_ms;                     /* added to every answer */
	uint64_t cut_after_ms;                   /* old connections live on so long after a rotation */
	uint64_t seed;                           /* of every random choice */
	char own_socket_prefix[SIM_KEY_MAX + 1]; /* "" = none */
	char key_prefix[SIM_KEY_MAX + 1];        /* "" = any key is good */
	char state_file[512];                    /* "" = nothing is kept */
};

/* Reads the command line. On failure err is one line naming the option and the accepted range. */
bool sim_config_parse(int argc, char **argv, struct sim_config *ret_config, enum sim_command *ret_command,
	struct err *err) MUST_CHECK;
void sim_config_help(FILE *out);

#endif
