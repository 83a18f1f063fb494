/* json_writer.c: see json_writer.h. */
#include "shared/json/json_writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/base/ensure.h"
#include "shared/base/utf8.h"

void json_writer_init(struct json_writer *w, struct buf *out)
{
	*w = (struct json_writer){.out = out};
}

/* The comma that is due before an element or a key. */
static void before_item(struct json_writer *w)
{
	if (w->depth == 0)
		return;
	bool *has_items = &w->has_items[w->depth - 1];
	if (*has_items)
		buf_append_char(w->out, ',');
	*has_items = true;
}

static void before_value(struct json_writer *w)
{
	if (w->after_key)
		w->after_key = false;
	else
		before_item(w);
}

static void open_level(struct json_writer *w, char bracket)
{
	before_value(w);
	ensure(w->depth < JSON_WRITER_MAX_DEPTH);
	w->has_items[w->depth++] = false;
	buf_append_char(w->out, bracket);
}

static void close_level(struct json_writer *w, char bracket)
{
	ensure(w->depth > 0 && !w->after_key);
	w->depth--;
	buf_append_char(w->out, bracket);
}

void json_object_begin(struct json_writer *w)
{
	open_level(w, '{');
}

void json_object_end(struct json_writer *w)
{
	close_level(w, '}');
}

void json_array_begin(struct json_writer *w)
{
	open_level(w, '[');
}

void json_array_end(struct json_writer *w)
{
	close_level(w, ']');
}

static void put_escaped(struct buf *out, unsigned char c)
{
	switch (c) {
	case '"': buf_append_str(out, "\\\""); return;
	case '\\': buf_append_str(out, "\\\\"); return;
	case '\n': buf_append_str(out, "\\n"); return;
	case '\r': buf_append_str(out, "\\r"); return;
	case '\t': buf_append_str(out, "\\t"); return;
	default: buf_printf(out, "\\u%04x", c); return;
	}
}

/* Runs of ordinary bytes are appended at once. */
static void put_quoted(struct buf *out, struct slice s)
{
	size_t run = 0, i = 0;

	buf_append_char(out, '"');
	while (i < s.len) {
		unsigned char c = (unsigned char)s.data[i];
		size_t len = utf8_char_bytes(slice_from(s, i));
		if (len > 0 && c >= 0x20 && c != '"' && c != '\\') {
			i += len;
			continue;
		}
		buf_append(out, s.data + run, i - run);
		if (len == 0)
			buf_append_str(out, "\xef\xbf\xbd");
		else
			put_escaped(out, c);
		run = ++i;
	}
	if (i > run)
		buf_append(out, s.data + run, i - run);
	buf_append_char(out, '"');
}

void json_text(struct json_writer *w, struct slice text)
{
	before_value(w);
	put_quoted(w->out, text);
}

void json_int(struct json_writer *w, int64_t value)
{
	before_value(w);
	buf_printf(w->out, "%" PRId64, value);
}

void json_uint(struct json_writer *w, uint64_t value)
{
	before_value(w);
	buf_printf(w->out, "%" PRIu64, value);
}

void json_real(struct json_writer *w, double value)
{
	char text[32];

	if (!isfinite(value)) {
		json_null(w);
		return;
	}
	before_value(w);
	snprintf(text, sizeof(text), "%.15g", value);
	if (strtod(text, NULL) != value) /* 15 digits are nicer, 17 are always exact */
		snprintf(text, sizeof(text), "%.17g", value);
	buf_append_str(w->out, text);
}

void json_boolean(struct json_writer *w, bool value)
{
	before_value(w);
	buf_append_str(w->out, value ? "true" : "false");
}

void json_null(struct json_writer *w)
{
	before_value(w);
	buf_append_str(w->out, "null");
}

void json_raw(struct json_writer *w, struct slice json)
{
	ensure(json.len > 0);
	before_value(w);
	buf_append_slice(w->out, json);
}

void json_raw_members(struct json_writer *w, struct slice members)
{
	ensure(w->depth > 0 && !w->after_key && members.len > 0);
	before_item(w);
	buf_append_slice(w->out, members);
}

void json_key_slice(struct json_writer *w, struct slice name)
{
	ensure(w->depth > 0 && !w->after_key);
	before_item(w);
	put_quoted(w->out, name);
	buf_append_char(w->out, ':');
	w->after_key = true;
}

void json_key(struct json_writer *w, const char *name)
{
	json_key_slice(w, slice_from_str(name));
}

void json_put_str(struct json_writer *w, const char *name, struct slice text)
{
	json_key(w, name);
	json_text(w, text);
}

void json_put_cstr(struct json_writer *w, const char *name, const char *text)
{
	json_key(w, name);
	if (text)
		json_text(w, slice_from_str(text));
	else
		json_null(w);
}

void json_put_int(struct json_writer *w, const char *name, int64_t value)
{
	json_key(w, name);
	json_int(w, value);
}

void json_put_uint(struct json_writer *w, const char *name, uint64_t value)
{
	json_key(w, name);
	json_uint(w, value);
}

void json_put_real(struct json_writer *w, const char *name, double value)
{
	json_key(w, name);
	json_real(w, value);
}

void json_put_bool(struct json_writer *w, const char *name, bool value)
{
	json_key(w, name);
	json_boolean(w, value);
}

void json_put_null(struct json_writer *w, const char *name)
{
	json_key(w, name);
	json_null(w);
}

void json_put_raw(struct json_writer *w, const char *name, struct slice json)
{
	json_key(w, name);
	json_raw(w, json);
}
