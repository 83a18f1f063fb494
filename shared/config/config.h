/*
 * config.h: one table of options drives parsing, validation and --help, so that no second list of them
 * exists. Values come from the environment and from nowhere else. It knows no option by name: see
 * common_config.h and each program's own table.
 */
#ifndef KP_CONFIG_CONFIG_H
#define KP_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "shared/base/err.h"

enum option_type {
	OPTION_STRING, /* field: const char *; min and max are lengths in bytes (max 0 = 4096) */
	OPTION_SECRET, /* the same, but neither errors nor --help ever show a value */
	OPTION_U32,    /* field: uint32_t; min..max inclusive */
	OPTION_BOOL,   /* field: bool; true, false, 1 or 0 */
	OPTION_CHOICE, /* field: const char *; one of `choices`, separated by blanks */
};

struct option {
	const char *name; /* of the environment variable */
	enum option_type type;
	size_t offset;        /* of the field in the program's config struct */
	const char *fallback; /* as it would be typed; NULL: a string stays NULL, a number 0, a bool false */
	uint64_t min, max;
	const char *unit;    /* for --help: "ms", "bytes"; NULL = none */
	const char *choices; /* OPTION_CHOICE only: "text json" */
	const char *help;    /* one sentence without a closing stop */
};

struct option_set {
	const struct option *options;
	size_t count;
};

/*
 * Fills the fields of `config` that the sets name. Unset and empty variables take the fallback. Strings point
 * into the environment or the table and live as long as the process does (nobody calls setenv after this).
 * False on the first wrong value, with one line: `RELAY_THREADS=abc: must be a whole number from 1 to 256`.
 */
bool config_load(const struct option_set *sets, size_t set_count, void *config, struct err *err) MUST_CHECK;

/* What a program says about itself. */
struct config_program {
	const char *name;
	const char *arguments; /* "[--help | --version]" */
	const char *summary;   /* a sentence, or lines of them */
};

/* Every option with its default, unit, range and help, as --help prints it. */
void config_print_help(
	FILE *out, const struct config_program *program, const struct option_set *sets, size_t set_count);

#endif
