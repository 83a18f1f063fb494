/* json_scan.c: see json_scan.h. Containers are kept on an explicit stack of bits: no recursion. */
#include "shared/json/json_scan.h"

#include <stddef.h>
#include <string.h>

#include "shared/base/ensure.h"
#include "shared/base/utf8.h"

enum { SCAN_MAX_DEPTH = 256, NUMBER_MAX_BYTES = 60 };

struct scan {
	const char *start, *at, *end;
	const char *problem;
	unsigned depth;
	bool in_object[SCAN_MAX_DEPTH]; /* per level: object or array */
};

static bool bad(struct scan *s, const char *problem)
{
	s->problem = problem;
	return false;
}

static int peek(const struct scan *s)
{
	return s->at < s->end ? (unsigned char)*s->at : -1;
}

static bool take(struct scan *s, char c)
{
	if (peek(s) != (unsigned char)c)
		return false;
	s->at++;
	return true;
}

static void skip_blanks(struct scan *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
		s->at++;
}

static bool scan_word(struct scan *s, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
		return bad(s, "expected a value");
	s->at += len;
	return true;
}

static size_t scan_digits(struct scan *s)
{
	const char *first = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return (size_t)(s->at - first);
}

static bool scan_number(struct scan *s)
{
	const char *first = s->at;

	take(s, '-');
	if (!take(s, '0') && scan_digits(s) == 0)
		return bad(s, "malformed number");
	if (take(s, '.') && scan_digits(s) == 0)
		return bad(s, "malformed number");
	if (take(s, 'e') || take(s, 'E')) {
		if (!take(s, '+'))
			take(s, '-');
		if (scan_digits(s) == 0)
			return bad(s, "malformed number");
	}
	if (s->at - first > NUMBER_MAX_BYTES)
		return bad(s, "number too long");
	return true;
}

/* The four hex digits behind \u. */
static bool scan_hex4(struct scan *s, unsigned *ret_unit)
{
	unsigned unit = 0;

	for (int i = 0; i < 4; i++) {
		int c = peek(s);
		unsigned digit;
		if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (unsigned)(c - 'a') + 10;
		else if (c >= 'A' && c <= 'F')
			digit = (unsigned)(c - 'A') + 10;
		else
			return bad(s, "malformed \\u escape");
		unit = unit << 4 | digit;
		s->at++;
	}
	*ret_unit = unit;
	return true;
}

static bool scan_escape(struct scan *s)
{
	unsigned unit, low;
	int c = peek(s);

	s->at += c >= 0;
	if (c > 0 && strchr("\"\\/bfnrt", c))
		return true;
	if (c != 'u')
		return bad(s, "unknown escape");
	if (!scan_hex4(s, &unit))
		return false;
	if (unit == 0)
		return bad(s, "\\u0000 in a string");
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return bad(s, "lone surrogate");
	if (unit < 0xd800 || unit > 0xdbff)
		return true;
	if (!take(s, '\\') || !take(s, 'u'))
		return bad(s, "lone surrogate");
	if (!scan_hex4(s, &low))
		return false;
	return low >= 0xdc00 && low <= 0xdfff ? true : bad(s, "lone surrogate");
}

/* Behind the opening quote. */
static bool scan_string(struct scan *s)
{
	while (s->at < s->end) {
		unsigned char c = (unsigned char)*s->at;
		if (c < 0x20)
			return bad(s, "control character in a string");
		if (c < 0x80) {
			s->at++;
			if (c == '"')
				return true;
			if (c == '\\' && !scan_escape(s))
				return false;
			continue;
		}
		size_t len = utf8_char_bytes(slice_of(s->at, (size_t)(s->end - s->at)));
		if (len == 0)
			return bad(s, "invalid UTF-8");
		s->at += len;
	}
	return bad(s, "string without end");
}

static bool scan_name(struct scan *s)
{
	skip_blanks(s);
	if (!take(s, '"'))
		return bad(s, "expected a member name");
	if (!scan_string(s))
		return false;
	skip_blanks(s);
	return take(s, ':') ? true : bad(s, "expected ':'");
}

static bool open_container(struct scan *s, unsigned max_depth, bool is_object)
{
	if (s->depth >= max_depth)
		return bad(s, "nested too deeply");
	s->in_object[s->depth++] = is_object;
	return true;
}

/* One value; `[` or `{` with something inside only opens a level: *ret_opened. */
static bool scan_value(struct scan *s, unsigned max_depth, bool *ret_opened)
{
	*ret_opened = false;
	skip_blanks(s);
	if (take(s, '"'))
		return scan_string(s);
	if (peek(s) == '[' || peek(s) == '{') {
		bool is_object = *s->at++ == '{';
		if (!open_container(s, max_depth, is_object))
			return false;
		skip_blanks(s);
		if (take(s, is_object ? '}' : ']')) {
			s->depth--;
			return true;
		}
		*ret_opened = true;
		return is_object ? scan_name(s) : true;
	}
	switch (peek(s)) {
	case 't': return scan_word(s, "true");
	case 'f': return scan_word(s, "false");
	case 'n': return scan_word(s, "null");
	default: break;
	}
	if (peek(s) == '-' || (peek(s) >= '0' && peek(s) <= '9'))
		return scan_number(s);
	return bad(s, "expected a value");
}

/* What follows a value: closing brackets, or a comma and the next value's start. */
static bool scan_after_value(struct scan *s)
{
	while (s->depth > 0) {
		bool is_object = s->in_object[s->depth - 1];
		skip_blanks(s);
		if (take(s, ','))
			return is_object ? scan_name(s) : true;
		if (!take(s, is_object ? '}' : ']'))
			return bad(s, is_object ? "expected ',' or '}'" : "expected ',' or ']'");
		s->depth--;
	}
	return true;
}

static bool scan_text(struct scan *s, unsigned max_depth)
{
	bool opened;

	do {
		if (!scan_value(s, max_depth, &opened))
			return false;
		if (!opened && !scan_after_value(s))
			return false;
	} while (s->depth > 0);
	skip_blanks(s);
	return s->at == s->end ? true : bad(s, "bytes behind the value");
}

bool json_scan(struct slice text, unsigned max_depth, struct err *err)
{
	ensure(max_depth <= SCAN_MAX_DEPTH);
	if (text.len == 0)
		return err_set(err, ERR_INVALID, "JSON: empty text");
	struct scan s = {.start = text.data, .at = text.data, .end = text.data + text.len};
	if (scan_text(&s, max_depth))
		return true;
	return err_set(err, ERR_INVALID, "JSON: %s at byte %zu", s.problem, (size_t)(s.at - s.start));
}

/* ---- what was scanned, read ---- */

static unsigned hex4(const char *at)
{
	unsigned unit = 0;

	for (int i = 0; i < 4; i++) {
		char c = at[i];
		unit = unit << 4 | (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return unit;
}

static size_t put_utf8(unsigned cp, char *dst)
{
	if (cp < 0x80) {
		dst[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		dst[0] = (char)(0xc0 | cp >> 6);
		dst[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		dst[0] = (char)(0xe0 | cp >> 12);
		dst[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		dst[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	dst[0] = (char)(0xf0 | cp >> 18);
	dst[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	dst[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	dst[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

/* What stands for a character behind a backslash, and the character. */
static const char ESCAPES[] = "b\bf\fn\nr\rt\t";

/* At a backslash. Returns the bytes of the escape; *len grows by what it stands for. */
static size_t take_escape(const char *at, char *dst, size_t *len)
{
	unsigned cp;

	if (at[1] != 'u') {
		char c = at[1];
		for (size_t i = 0; i + 1 < sizeof(ESCAPES); i += 2)
			if (ESCAPES[i] == at[1])
				c = ESCAPES[i + 1];
		dst[(*len)++] = c;
		return 2;
	}
	cp = hex4(at + 2);
	bool is_pair = cp >= 0xd800 && cp <= 0xdbff;
	if (is_pair)
		cp = 0x10000 + ((cp & 0x3ff) << 10 | (hex4(at + 8) & 0x3ff));
	*len += put_utf8(cp, dst + *len);
	return is_pair ? 12 : 6;
}

size_t json_unescape(struct slice inside, char *dst)
{
	size_t len = 0;

	for (size_t i = 0; i < inside.len;) {
		const char *at = inside.data + i;
		const char *escape = memchr(at, '\\', inside.len - i);
		size_t plain = escape ? (size_t)(escape - at) : inside.len - i;

		memcpy(dst + len, at, plain);
		len += plain;
		i += plain;
		if (escape)
			i += take_escape(escape, dst, &len);
	}
	return len;
}
