/* log.c: see log.h. Formats into a fixed buffer on the stack: a line that is too long is cut, never lost. */
#include "shared/base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LOG_LINE_BYTES = 4096 };

struct line {
	char data[LOG_LINE_BYTES];
	size_t len;
};

/* The only mutable globals of the log: written once at start. */
static enum log_level threshold = LOG_INFO;
static enum log_format output_format = LOG_TEXT;
static const char *node_name = "-";

static const char *const level_names[] = {"debug", "info", "notice", "warning", "error"};

void log_setup(enum log_level level, enum log_format format, const char *node)
{
	threshold = level;
	output_format = format;
	node_name = node;
}

bool log_level_parse(const char *name, enum log_level *ret_level)
{
	for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*ret_level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

bool log_enabled(enum log_level level)
{
	return level >= threshold;
}

static void put_raw(struct line *line, const char *data, size_t len)
{
	size_t room = sizeof(line->data) - 2 - line->len; /* the closing brace and the newline always fit */

	if (len > room)
		len = room;
	memcpy(line->data + line->len, data, len);
	line->len += len;
}

static void put_str(struct line *line, const char *s)
{
	put_raw(line, s, strlen(s));
}

/* Escapes as JSON does; the text form quotes the same way, so one rule serves both. */
static void put_quoted(struct line *line, struct slice s)
{
	char hex[8];

	put_raw(line, "\"", 1);
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.data[i];
		if (c == '"' || c == '\\') {
			put_raw(line, "\\", 1);
			put_raw(line, (const char *)&c, 1);
		} else if (c < 0x20 || c == 0x7f) {
			int n = snprintf(hex, sizeof(hex), "\\u%04x", c);
			put_raw(line, hex, (size_t)n);
		} else {
			put_raw(line, (const char *)&c, 1);
		}
	}
	put_raw(line, "\"", 1);
}

static bool is_plain_word(struct slice s)
{
	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.data[i];
		if (c <= 0x20 || c == '"' || c == '\\' || c == '=' || c >= 0x7f)
			return false;
	}
	return true;
}

static void put_value(struct line *line, const struct log_field *field)
{
	char number[24];

	switch (field->kind) {
	case LOG_FIELD_SLICE:
		if (output_format == LOG_TEXT && is_plain_word(field->slice))
			put_raw(line, field->slice.data, field->slice.len);
		else
			put_quoted(line, field->slice);
		return;
	case LOG_FIELD_INT: snprintf(number, sizeof(number), "%" PRId64, field->i); break;
	case LOG_FIELD_UINT: snprintf(number, sizeof(number), "%" PRIu64, field->u); break;
	}
	put_str(line, number);
}

static void put_field(struct line *line, const struct log_field *field)
{
	if (output_format == LOG_JSON) {
		put_str(line, ",\"");
		put_str(line, field->key);
		put_str(line, "\":");
	} else {
		put_str(line, " ");
		put_str(line, field->key);
		put_str(line, "=");
	}
	put_value(line, field);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
	struct line line;
	struct timespec ts;
	struct tm tm;
	char stamp[48];

	line.len = 0;
	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	size_t n = strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(stamp + n, sizeof(stamp) - n, ".%03dZ", (int)(ts.tv_nsec / 1000000));

	const struct log_field lead[] = {
		log_str("level", level_names[level]), log_str("node", node_name), log_str("event", event)};
	put_str(&line, output_format == LOG_JSON ? "{\"time\":\"" : "");
	put_str(&line, stamp);
	put_str(&line, output_format == LOG_JSON ? "\"" : "");
	for (size_t i = 0; i < ARRAY_LEN(lead); i++)
		put_field(&line, &lead[i]);
	for (; fields->key; fields++)
		put_field(&line, fields);
	if (output_format == LOG_JSON)
		line.data[line.len++] = '}';
	line.data[line.len++] = '\n';
	/* Nothing sensible can be done when stderr is gone. */
	ssize_t written = write(STDERR_FILENO, line.data, line.len);
	(void)written;
}
