/* copy_format.c: see copy_format.h. Every format is a template, so there is one way to fill a line. */
#include "shared/model/copy_format.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/ensure.h"
#include "shared/base/url_text.h"
#include "shared/model/enum_text.h"

#define X(name, text, line) [COPY_##name] = text,
static const char *const NAMES[] = {COPY_FORMATS(X)};
#undef X

#define X(name, text, line) [COPY_##name] = {line, sizeof(line) - 1},
static const struct slice LINES[] = {COPY_FORMATS(X)};
#undef X

enum encoding { PLAIN, PERCENT };

static const struct {
	const char *name;
	size_t offset; /* of a slice in struct copy_values; the port is none */
	enum encoding encoding;
} WORDS[] = {
	{"host", offsetof(struct copy_values, host), PLAIN},
	{"port", 0, PLAIN},
	{"user", offsetof(struct copy_values, user), PLAIN},
	{"pass", offsetof(struct copy_values, pass), PLAIN},
	{"rotate_link", offsetof(struct copy_values, rotate_link), PLAIN},
	{"name", offsetof(struct copy_values, name), PLAIN},
	{"url_user", offsetof(struct copy_values, user), PERCENT},
	{"url_pass", offsetof(struct copy_values, pass), PERCENT},
};

bool copy_format_parse(struct slice text, enum copy_format *ret_format)
{
	size_t i;

	if (!enum_text_find(NAMES, ARRAY_LEN(NAMES), text, &i))
		return false;
	*ret_format = (enum copy_format)i;
	return true;
}

bool copy_format_is_socks5(enum copy_format format)
{
	return slice_has_prefix(LINES[format], SLICE_LIT("socks5://"));
}

const char *copy_format_names(void)
{
#define X(name, text, line) ", " text
	return &(COPY_FORMATS(X))[2];
#undef X
}

/* The word of "{word}" at the start of `text`; empty: there is none. */
static struct slice word_at(struct slice text)
{
	size_t end = 1;

	if (text.len == 0 || text.data[0] != '{')
		return SLICE_LIT("");
	while (end < text.len && ((text.data[end] >= 'a' && text.data[end] <= 'z') || text.data[end] == '_'))
		end++;
	return end < text.len && text.data[end] == '}' ? slice_of(text.data + 1, end - 1) : SLICE_LIT("");
}

static bool word_find(struct slice word, size_t *ret_index)
{
	for (size_t i = 0; i < ARRAY_LEN(WORDS); i++) {
		if (!slice_eq_str(word, WORDS[i].name))
			continue;
		*ret_index = i;
		return true;
	}
	return false;
}

bool copy_template_check(struct slice template_text, struct err *err)
{
	size_t index;

	for (size_t i = 0; i < template_text.len; i++) {
		struct slice word = word_at(slice_from(template_text, i));
		if (word.len > 0 && !word_find(word, &index))
			return err_set(err, ERR_INVALID,
				"There is no {%.*s} for a template; there are {host} {port} {user} {pass} "
				"{rotate_link} {name}, and {url_user} {url_pass} for URLs.",
				(int)(word.len < 40 ? word.len : 40), word.data);
	}
	return true;
}

static void put_word(struct buf *out, size_t index, const struct copy_values *values)
{
	const struct slice *text = (const void *)((const char *)values + WORDS[index].offset);

	if (strcmp(WORDS[index].name, "port") == 0)
		buf_printf(out, "%u", values->port);
	else if (WORDS[index].encoding == PERCENT)
		url_encode(out, *text);
	else
		buf_append_slice(out, *text);
}

void copy_line(struct buf *out, enum copy_format format, struct slice template_text,
	const struct copy_values *values)
{
	struct slice line = format == COPY_TEMPLATE ? template_text : LINES[format];
	size_t index;

	ensure((unsigned)format < COPY_FORMAT_COUNT);
	for (size_t i = 0; i < line.len;) {
		struct slice word = word_at(slice_from(line, i));
		if (word.len > 0 && word_find(word, &index)) {
			put_word(out, index, values);
			i += word.len + 2;
		} else {
			buf_append_char(out, line.data[i++]);
		}
	}
}
