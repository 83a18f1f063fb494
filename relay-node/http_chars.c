/* http_chars.c: see http_chars.h. */
#include "relay-node/http_chars.h"

#include <string.h>

#define VISIBLE (HTTP_VALUE | HTTP_TARGET)
#define MARK    (VISIBLE | HTTP_TOKEN) /* what a token may hold besides letters and digits */
#define LETTER  (MARK | HTTP_LABEL)
#define NUMBER  (LETTER | HTTP_HEX | HTTP_DIGIT)

const uint8_t http_char_classes[256] = {
	['\t'] = HTTP_VALUE | HTTP_BLANK,
	[' '] = HTTP_VALUE | HTTP_BLANK,
	['0' ... '9'] = NUMBER,
	['A' ... 'F'] = LETTER | HTTP_HEX,
	['G' ... 'Z'] = LETTER,
	['a' ... 'f'] = LETTER | HTTP_HEX,
	['g' ... 'z'] = LETTER,
	['-'] = LETTER,
	['.'] = MARK,
	['_'] = LETTER,
	['!'] = MARK,
	['$'] = MARK,
	['%'] = MARK,
	['&'] = MARK,
	['\''] = MARK,
	['*'] = MARK,
	['+'] = MARK,
	['^'] = MARK,
	['`'] = MARK,
	['|'] = MARK,
	['~'] = MARK,
	['#'] = HTTP_VALUE | HTTP_TOKEN,
	['"'] = VISIBLE,
	['('] = VISIBLE,
	[')'] = VISIBLE,
	[','] = VISIBLE,
	['/'] = VISIBLE,
	[':'] = VISIBLE,
	[';'] = VISIBLE,
	['<'] = VISIBLE,
	['='] = VISIBLE,
	['>'] = VISIBLE,
	['?'] = VISIBLE,
	['@'] = VISIBLE,
	['['] = VISIBLE,
	['\\'] = VISIBLE,
	[']'] = VISIBLE,
	['{'] = VISIBLE,
	['}'] = VISIBLE,
	[0x80 ... 0xff] = HTTP_VALUE, /* obs-text: nobody agrees on its meaning, everybody passes it */
};

const char *http_skip_value(const char *p, const char *end)
{
	const uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;

	for (; end - p >= 8; p += 8) {
		uint64_t x;
		memcpy(&x, p, 8);
		/* A top bit is set where a byte is below 0x20 or is 0x7f. HTAB is caught, too, so look
		 * closer. */
		uint64_t del = x ^ (ones * 0x7f);
		uint64_t suspect = ((x - ones * 0x20) & ~x & tops) | ((del - ones) & ~del & tops);
		if (suspect && http_skip(p, p + 8, HTTP_VALUE) != p + 8)
			break;
	}
	return http_skip(p, end, HTTP_VALUE);
}

unsigned http_hex_value(char c)
{
	return http_char_is(c, HTTP_DIGIT) ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

struct slice http_trim(struct slice s)
{
	while (s.len > 0 && http_char_is(s.data[0], HTTP_BLANK)) {
		s.data++;
		s.len--;
	}
	while (s.len > 0 && http_char_is(s.data[s.len - 1], HTTP_BLANK))
		s.len--;
	return s;
}

bool http_list_next(struct slice *list, struct slice *ret_element)
{
	while (list->len > 0) {
		struct slice element;
		slice_cut(*list, ',', &element, list);
		element = http_trim(element);
		if (element.len > 0) {
			*ret_element = element;
			return true;
		}
	}
	return false;
}

/* Bit 0x20 makes a letter lower-case, leaves '-' and digits alone, and turns no other token character into
 * one of those; so or-ing it into all bytes compares without regard to case, eight at a time. */
static uint64_t folded_difference(const char *a, const char *lower)
{
	uint64_t x, y;

	memcpy(&x, a, 8);
	memcpy(&y, lower, 8);
	return (x | 0x2020202020202020) ^ y;
}

bool http_token_is(struct slice s, const char *lower, size_t len)
{
	if (s.len != len)
		return false;
	if (len < 8) {
		for (size_t i = 0; i < len; i++)
			if ((s.data[i] | 0x20) != lower[i])
				return false;
		return true;
	}
	for (size_t i = 0; i + 8 < len; i += 8)
		if (folded_difference(s.data + i, lower + i))
			return false;
	return folded_difference(s.data + len - 8, lower + len - 8) == 0; /* may overlap what was compared */
}
