/* log.c: see log.h. Formats into a fixed buffer on the stack: a line that is too long is cut, never lost, and
 * stays well-formed (a value ends with "…", fields without room are left out). */
#include "shared/base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "shared/base/utf8.h"

enum { LOG_LINE_BYTES = 4096, LINE_TAIL_BYTES = 2 /* the closing brace and the newline */ };
enum { FIELD_OVERHEAD_BYTES = 32 /* punctuation, and a whole number or a cut text */ };

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

static size_t room_left(const struct line *line)
{
	return sizeof(line->data) - LINE_TAIL_BYTES - line->len;
}

static void put_raw(struct line *line, const char *data, size_t len)
{
	if (len > room_left(line))
		len = room_left(line);
	memcpy(line->data + line->len, data, len);
	line->len += len;
}

static void put_str(struct line *line, const char *s)
{
	put_raw(line, s, strlen(s));
}

/* What must not reach a terminal or a log viewer as it is: controls (C1 too, which a terminal may obey), line
 * separators, marks that turn the order of what follows around or that nobody can see. */
static const struct {
	unsigned first, last;
} unseen[] = {
	{0x00, 0x1f},
	{0x7f, 0x9f},
	{0xad, 0xad},
	{0x61c, 0x61c},
	{0x200b, 0x200f},
	{0x2028, 0x202e},
	{0x2060, 0x206f},
	{0xfeff, 0xfeff},
	{0xe0000, 0xe0fff},
};

static bool is_unseen(unsigned code)
{
	for (size_t i = 0; i < ARRAY_LEN(unseen); i++)
		if (code >= unseen[i].first && code <= unseen[i].last)
			return true;
	return false;
}

/* Of the well-formed character in `len` bytes. */
static unsigned code_point(const unsigned char *b, size_t len)
{
	static const unsigned char first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	unsigned code = b[0] & first_bits[len];

	for (size_t i = 1; i < len; i++)
		code = code << 6 | (b[i] & 0x3f);
	return code;
}

enum { ESCAPE_BYTES = 16 };

/* How the character at the start of `s` (`len` bytes, 0 = ill-formed) is written: as it is, or escaped as
 * JSON does it. */
static struct slice escaped_char(struct slice s, size_t len, char dst[ESCAPE_BYTES])
{
	unsigned code = len == 0 ? 0xfffd : code_point((const unsigned char *)s.data, len);
	int n;

	if (code == '"' || code == '\\')
		n = snprintf(dst, ESCAPE_BYTES, "\\%c", (char)code);
	else if (len > 0 && !is_unseen(code))
		return slice_of(s.data, len);
	else if (code <= 0xffff)
		n = snprintf(dst, ESCAPE_BYTES, "\\u%04x", code);
	else
		n = snprintf(dst, ESCAPE_BYTES, "\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10),
			0xdc00 + (code & 0x3ff));
	return slice_of(dst, (size_t)n);
}

/* The text form quotes as JSON does, so one rule serves both. */
static void put_quoted(struct line *line, struct slice s)
{
	static const char cut_mark[] = "…\"";
	char escape[ESCAPE_BYTES];

	put_raw(line, "\"", 1);
	while (s.len > 0) {
		size_t len = utf8_char_bytes(s);
		struct slice text = escaped_char(s, len, escape);
		if (text.len + strlen(cut_mark) > room_left(line)) {
			put_str(line, cut_mark);
			return;
		}
		put_raw(line, text.data, text.len);
		s = slice_from(s, len ? len : 1);
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
		if (output_format == LOG_TEXT && field->slice.len <= room_left(line) &&
			is_plain_word(field->slice))
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
	if (strlen(field->key) + FIELD_OVERHEAD_BYTES > room_left(line))
		return;
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
