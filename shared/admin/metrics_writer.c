/* metrics_writer.c: see metrics_writer.h. */
#include "shared/admin/metrics_writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/base/ensure.h"
#include "shared/base/utf8.h"

enum { NUMBER_BYTES = 40 };

static bool is_name_char(char c, size_t at)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (at > 0 && c >= '0' && c <= '9');
}

static bool is_name(const char *name)
{
	for (size_t i = 0; name[i]; i++)
		if (!is_name_char(name[i], i))
			return false;
	return name[0] != '\0';
}

void metrics_writer_init(struct metrics_writer *w, struct buf *out)
{
	*w = (struct metrics_writer){.out = out};
}

/* Escapes what ends a value early, and replaces what is not UTF-8: one bad byte fails a whole scrape. */
static void put_escaped(struct buf *out, struct slice s, bool quoted)
{
	while (s.len > 0) {
		size_t len = utf8_char_bytes(s);
		if (len == 0)
			buf_append_str(out, "\xef\xbf\xbd");
		else if (s.data[0] == '\n')
			buf_append_str(out, "\\n");
		else if (s.data[0] == '\\')
			buf_append_str(out, "\\\\");
		else if (s.data[0] == '"' && quoted)
			buf_append_str(out, "\\\"");
		else
			buf_append(out, s.data, len);
		s = slice_from(s, len ? len : 1);
	}
}

void metrics_begin(struct metrics_writer *w, const char *name, enum metric_type type, const char *help)
{
	static const char *const type_names[] = {"counter", "gauge", "histogram"};

	ensure((size_t)type < ARRAY_LEN(type_names) && is_name(name));
	w->name = name;
	w->type = type;
	buf_printf(w->out, "# HELP %s ", name);
	put_escaped(w->out, slice_from_str(help), false);
	buf_printf(w->out, "\n# TYPE %s %s\n", name, type_names[type]);
}

/* One line. `le` is a bucket's bound, or NULL. */
static void put_sample(struct metrics_writer *w, const char *suffix, struct metric_labels labels,
	const char *le, const char *value)
{
	const char *separator = "{";

	ensure(w->name);
	buf_printf(w->out, "%s%s", w->name, suffix);
	for (size_t i = 0; i < labels.count; i++) {
		ensure(is_name(labels.labels[i].name));
		buf_printf(w->out, "%s%s=\"", separator, labels.labels[i].name);
		put_escaped(w->out, labels.labels[i].value, true);
		buf_append_char(w->out, '"');
		separator = ",";
	}
	if (le) {
		buf_printf(w->out, "%sle=\"%s\"", separator, le);
		separator = ",";
	}
	buf_printf(w->out, "%s %s\n", separator[0] == ',' ? "}" : "", value);
}

static const char *uint_text(uint64_t value, char dst[NUMBER_BYTES])
{
	snprintf(dst, NUMBER_BYTES, "%" PRIu64, value);
	return dst;
}

/* The shortest of two forms that reads back as the same number; Go's spelling of what is not finite. */
static const char *real_text(double value, char dst[NUMBER_BYTES])
{
	if (isnan(value))
		return "NaN";
	if (isinf(value))
		return value > 0 ? "+Inf" : "-Inf";
	snprintf(dst, NUMBER_BYTES, "%.15g", value);
	if (strtod(dst, NULL) != value)
		snprintf(dst, NUMBER_BYTES, "%.17g", value);
	return dst;
}

void metrics_uint(struct metrics_writer *w, struct metric_labels labels, uint64_t value)
{
	char text[NUMBER_BYTES];

	ensure(w->type != METRIC_HISTOGRAM);
	put_sample(w, "", labels, NULL, uint_text(value, text));
}

void metrics_real(struct metrics_writer *w, struct metric_labels labels, double value)
{
	char text[NUMBER_BYTES];

	ensure(w->type != METRIC_HISTOGRAM);
	put_sample(w, "", labels, NULL, real_text(value, text));
}

void metrics_histogram(
	struct metrics_writer *w, struct metric_labels labels, const struct metric_histogram *histogram)
{
	char bound[NUMBER_BYTES], text[NUMBER_BYTES];
	uint64_t total = 0;

	ensure(w->type == METRIC_HISTOGRAM);
	for (size_t i = 0; i < histogram->bound_count; i++) {
		total += histogram->counts[i];
		put_sample(
			w, "_bucket", labels, real_text(histogram->bounds[i], bound), uint_text(total, text));
	}
	total += histogram->counts[histogram->bound_count];
	put_sample(w, "_bucket", labels, "+Inf", uint_text(total, text));
	put_sample(w, "_sum", labels, NULL, real_text(histogram->sum, text));
	put_sample(w, "_count", labels, NULL, uint_text(total, text));
}
