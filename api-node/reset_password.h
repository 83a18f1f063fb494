/*
 * reset_password.h: `api-node --reset-password <user> [--password-stdin]`: a new password for somebody who
 * cannot sign in, from the machine's own shell. It needs Redis and the node's configuration, no running node;
 * running ones hear of it as of any other change.
 */
#ifndef KP_API_RESET_PASSWORD_H
#define KP_API_RESET_PASSWORD_H

#include <stdbool.h>

struct api_config;
struct keyring;

struct reset_options {
	const char *username; /* NULL: the command line asks for no reset */
	enum { RESET_GENERATE, RESET_FROM_STDIN } source;
};

/* What the command line says; false, after one line on stderr, when it is a reset that is wrongly written. */
bool reset_password_options(int argc, char **argv, struct reset_options *ret_options);

/* Does it, with the sentence on stdout or stderr. The exit status. */
int reset_password(
	const struct reset_options *options, const struct api_config *config, const struct keyring *keyring);

#endif
