/* key_lines.c: see key_lines.h. */
#include "shared/model/key_lines.h"

#include <string.h>

/* What is around a field and means nothing: blanks of every kind, and marks that nobody sees. */
static const char *const blanks[] = {
	" ", "\t", "\r", "\n", "\xc2\xa0", "\xe2\x80\x8b", "\xe2\x80\xaf", "\xe3\x80\x80", "\xef\xbb\xbf"};

static struct slice trim(struct slice text)
{
	for (size_t i = 0; i < ARRAY_LEN(blanks); i++) {
		struct slice blank = slice_from_str(blanks[i]);
		bool cut = true;
		if (text.len > 0 && slice_has_prefix(text, blank))
			text = slice_from(text, blank.len);
		else if (text.len > 0 && slice_has_suffix(text, blank))
			text.len -= blank.len;
		else
			cut = false;
		if (cut)
			i = (size_t)-1; /* from the first kind again: they may be mixed */
	}
	return text;
}

/* Without the quotes that spreadsheets put around a field. */
static struct slice field_of(struct slice text)
{
	static const char quotes[] = "\"'";

	text = trim(text);
	for (const char *quote = quotes; *quote; quote++)
		if (text.len >= 2 && text.data[0] == *quote && text.data[text.len - 1] == *quote)
			return trim(slice_of(text.data + 1, text.len - 2));
	return text;
}

/* The text before the first of `separators`; false when there is none: all of it. */
static bool cut_any(struct slice text, const char *separators, struct slice *ret_head, struct slice *ret_tail)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\0' || !strchr(separators, text.data[i]))
			continue;
		*ret_head = slice_of(text.data, i);
		*ret_tail = slice_from(text, i + 1);
		return true;
	}
	*ret_head = text;
	*ret_tail = SLICE_NONE;
	return false;
}

static bool has_columns(struct slice line)
{
	struct slice head, tail;

	return cut_any(line, "\t|", &head, &tail);
}

void key_line_of(struct slice entry, struct key_line *ret_line)
{
	struct slice *columns[KEY_LINE_COLUMNS] = {
		&ret_line->key, &ret_line->name, &ret_line->region, &ret_line->tags, &ret_line->paid_until};
	struct slice rest = entry, column;
	bool more = true;

	*ret_line = (struct key_line){.line = ret_line->line};
	for (size_t i = 0; i < KEY_LINE_COLUMNS && more; i++) {
		more = cut_any(rest, "\t|", &column, &rest);
		*columns[i] = field_of(column);
	}
	ret_line->more = more && trim(rest).len > 0;
}

struct key_lines key_lines_of(struct slice text)
{
	return (struct key_lines){.rest = text};
}

bool key_lines_cut(struct slice *rest, struct slice *ret_line)
{
	if (rest->len == 0)
		return false;
	if (cut_any(*rest, "\r\n", ret_line, rest) && rest->len > 0 && rest->data[0] == '\n' &&
		rest->data[-1] == '\r')
		*rest = slice_from(*rest, 1);
	return true;
}

static bool names_columns(struct slice line)
{
	static const char *const names[] = {"key", "keys", "kiotproxy_key", "provider_key"};
	struct slice head, tail;

	cut_any(line, "\t|", &head, &tail);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (slice_eq_icase(field_of(head), slice_from_str(names[i])))
			return true;
	return false;
}

/* The next key of a line that holds keys only. */
static bool take_key(struct key_lines *walk, struct key_line *ret_line)
{
	struct slice key;

	while (walk->keys.len > 0) {
		cut_any(walk->keys, ",;", &key, &walk->keys);
		key = field_of(key);
		if (key.len == 0)
			continue;
		*ret_line = (struct key_line){.key = key, .line = walk->line};
		return true;
	}
	return false;
}

bool key_lines_next(struct key_lines *walk, struct key_line *ret_line)
{
	struct slice line;

	while (!take_key(walk, ret_line)) {
		if (!key_lines_cut(&walk->rest, &line))
			return false;
		walk->line++;
		struct slice inner = trim(line);
		if (inner.len == 0 || (walk->line == 1 && names_columns(line)))
			continue;
		if (has_columns(inner)) { /* all of the line: its first column may be empty */
			ret_line->line = walk->line;
			key_line_of(line, ret_line);
			return true;
		}
		walk->keys = inner;
	}
	return true;
}

bool key_pair_of(struct slice line, struct slice *ret_first, struct slice *ret_second)
{
	static const char separators[] = "\t|,; ";
	struct slice rest = trim(line);

	*ret_first = *ret_second = SLICE_NONE;
	if (rest.len == 0)
		return true;
	if (!cut_any(rest, separators, ret_first, &rest))
		return false;
	while (rest.len > 0 && strchr(separators, rest.data[0])) /* "old , new" */
		rest = slice_from(rest, 1);
	*ret_first = field_of(*ret_first);
	*ret_second = field_of(rest);
	return ret_first->len > 0 && ret_second->len > 0 && !cut_any(*ret_second, separators, &line, &rest);
}
