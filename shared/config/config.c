/* config.c: see config.h. The accepted range is worded once, for errors and for --help alike. */
#include "shared/config/config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/ensure.h"
#include "shared/base/slice.h"

enum { RANGE_TEXT_BYTES = 160, DEFAULT_MAX_STRING_BYTES = 4096, SHOWN_VALUE_BYTES = 60 };

static uint64_t max_string_bytes(const struct option *option)
{
	return option->max ? option->max : DEFAULT_MAX_STRING_BYTES;
}

static void range_text(const struct option *option, char dst[RANGE_TEXT_BYTES])
{
	switch (option->type) {
	case OPTION_U32:
		snprintf(dst, RANGE_TEXT_BYTES, "a whole number from %" PRIu64 " to %" PRIu64, option->min,
			option->max);
		return;
	case OPTION_BOOL: snprintf(dst, RANGE_TEXT_BYTES, "true or false"); return;
	case OPTION_CHOICE: snprintf(dst, RANGE_TEXT_BYTES, "one of: %s", option->choices); return;
	case OPTION_STRING:
	case OPTION_SECRET:
		if (option->min > 0 && option->min == option->max)
			snprintf(dst, RANGE_TEXT_BYTES, "%" PRIu64 " characters", option->min);
		else if (option->min > 0)
			snprintf(dst, RANGE_TEXT_BYTES, "%" PRIu64 " to %" PRIu64 " characters", option->min,
				max_string_bytes(option));
		else
			snprintf(dst, RANGE_TEXT_BYTES, "at most %" PRIu64 " characters",
				max_string_bytes(option));
		return;
	}
	ensure(!"option type");
}

/* A value may come from a file pasted into the environment: never more than a piece of it, on one line. */
static void shown_value(const struct option *option, const char *value, char dst[SHOWN_VALUE_BYTES + 4])
{
	size_t len = 0;

	if (option->type == OPTION_SECRET) {
		snprintf(dst, SHOWN_VALUE_BYTES + 4, "…");
		return;
	}
	for (; value[len] && len < SHOWN_VALUE_BYTES; len++)
		dst[len] = (unsigned char)value[len] < 0x20 || value[len] == 0x7f ? '?' : value[len];
	snprintf(dst + len, 4, "%s", value[len] ? "…" : "");
}

static bool wrong_value(const struct option *option, const char *value, struct err *err)
{
	char range[RANGE_TEXT_BYTES];
	char shown[SHOWN_VALUE_BYTES + 4];

	range_text(option, range);
	shown_value(option, value, shown);
	return err_set(err, ERR_INVALID, "%s=%s: must be %s", option->name, shown, range);
}

static bool is_choice(const struct option *option, struct slice value)
{
	struct slice rest = slice_from_str(option->choices);

	while (rest.len > 0) {
		struct slice choice;
		slice_cut(rest, ' ', &choice, &rest);
		if (slice_eq(choice, value))
			return true;
	}
	return false;
}

static bool has_control_bytes(const char *value)
{
	for (; *value; value++)
		if ((unsigned char)*value < 0x20 || *value == 0x7f)
			return true;
	return false;
}

static bool parse_bool(const char *value, bool *ret)
{
	if (strcmp(value, "true") == 0 || strcmp(value, "1") == 0)
		*ret = true;
	else if (strcmp(value, "false") == 0 || strcmp(value, "0") == 0)
		*ret = false;
	else
		return false;
	return true;
}

static bool store_value(const struct option *option, const char *value, void *field)
{
	uint32_t number;
	size_t len = strlen(value);

	switch (option->type) {
	case OPTION_U32:
		ensure(option->max <= UINT32_MAX);
		if (!slice_parse_u32(slice_from_str(value), (uint32_t)option->max, &number) ||
			number < option->min)
			return false;
		*(uint32_t *)field = number;
		return true;
	case OPTION_BOOL: return parse_bool(value, field);
	case OPTION_CHOICE:
		if (!is_choice(option, slice_from_str(value)))
			return false;
		*(const char **)field = value;
		return true;
	case OPTION_STRING:
	case OPTION_SECRET:
		if (len < option->min || len > max_string_bytes(option))
			return false;
		*(const char **)field = value;
		return true;
	}
	return false;
}

static bool load_option(const struct option *option, void *config, struct err *err)
{
	void *field = (char *)config + option->offset;
	const char *value = getenv(option->name);

	if (value && *value) {
		if (has_control_bytes(value))
			return err_set(err, ERR_INVALID,
				"%s: must not hold line breaks or other control characters", option->name);
		return store_value(option, value, field) ? true : wrong_value(option, value, err);
	}
	if (option->fallback) {
		ensure(store_value(option, option->fallback, field)); /* else the table itself is wrong */
		return true;
	}
	switch (option->type) {
	case OPTION_U32: *(uint32_t *)field = 0; break;
	case OPTION_BOOL: *(bool *)field = false; break;
	default: *(const char **)field = NULL; break;
	}
	return true;
}

bool config_load(const struct option_set *sets, size_t set_count, void *config, struct err *err)
{
	for (size_t i = 0; i < set_count; i++)
		for (size_t j = 0; j < sets[i].count; j++)
			if (!load_option(&sets[i].options[j], config, err))
				return false;
	return true;
}

static void print_option(FILE *out, const struct option *option)
{
	char range[RANGE_TEXT_BYTES];

	range_text(option, range);
	fprintf(out, "  %s\n      %s.\n", option->name, option->help);
	if (!option->fallback)
		fprintf(out, "      default: unset");
	else if (option->type == OPTION_SECRET)
		fprintf(out, "      default: set");
	else
		fprintf(out, "      default: %s", option->fallback);
	if (option->unit && option->fallback)
		fprintf(out, " %s", option->unit);
	fprintf(out, "; %s", range);
	if (option->unit)
		fprintf(out, ", in %s", option->unit);
	fputc('\n', out);
}

void config_print_help(
	FILE *out, const struct config_program *program, const struct option_set *sets, size_t set_count)
{
	fprintf(out, "%s: %s\n\nusage: %s %s\n\n", program->name, program->summary, program->name,
		program->arguments);
	fprintf(out, "Everything is configured by environment variables; an empty one counts as unset.\n\n");
	for (size_t i = 0; i < set_count; i++)
		for (size_t j = 0; j < sets[i].count; j++)
			print_option(out, &sets[i].options[j]);
}
