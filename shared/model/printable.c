/* printable.c: see printable.h. */
#include "shared/model/printable.h"

#include <stdint.h>

#include "shared/base/utf8.h"

struct code_range {
	uint32_t first, last;
};

/* In ascending order. Zero-width joiners are not in it: names in Indic scripts and emoji need them. */
static const struct code_range NOT_SHOWN[] = {
	{0x0000, 0x001f},    /* controls */
	{0x007f, 0x009f},    /* controls */
	{0x061c, 0x061c},    /* direction mark */
	{0x200b, 0x200b},    /* invisible space */
	{0x200e, 0x200f},    /* direction marks */
	{0x2028, 0x202e},    /* separators, direction overrides */
	{0x2060, 0x206f},    /* invisible, isolates */
	{0xfdd0, 0xfdef},    /* non-characters */
	{0xfeff, 0xfeff},    /* byte order mark */
	{0xfff9, 0xfffb},    /* annotations */
	{0xe0000, 0xe007f},  /* tags */
	{0xf0000, 0x10ffff}, /* private use */
};

/* The code point of one well-formed character of `len` bytes. */
static uint32_t code_of(struct slice text, size_t len)
{
	uint32_t code = (unsigned char)text.data[0];

	if (len > 1)
		code &= 0xffu >> (len + 1);
	for (size_t i = 1; i < len; i++)
		code = code << 6 | ((unsigned char)text.data[i] & 0x3f);
	return code;
}

static bool is_shown(uint32_t code, enum printable_breaks breaks)
{
	if (breaks == PRINTABLE_MANY_LINES && (code == '\n' || code == '\t'))
		return true;
	if ((code & 0xfffe) == 0xfffe)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(NOT_SHOWN) && code >= NOT_SHOWN[i].first; i++)
		if (code <= NOT_SHOWN[i].last)
			return false;
	return true;
}

bool printable_check(struct slice text, enum printable_breaks breaks, size_t *ret_chars)
{
	size_t chars = 0;

	while (text.len > 0) {
		size_t len = utf8_char_bytes(text);

		if (len == 0 || !is_shown(code_of(text, len), breaks))
			return false;
		text = slice_from(text, len);
		chars++;
	}
	*ret_chars = chars;
	return true;
}

size_t printable_cut(struct slice text, size_t max_bytes)
{
	size_t len = text.len < max_bytes ? text.len : max_bytes;

	if (len == text.len)
		return len;
	while (len > 0 && ((unsigned char)text.data[len] & 0xc0) == 0x80)
		len--;
	return len;
}
