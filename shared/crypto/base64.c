/* base64.c: see base64.h. */
#include "shared/crypto/base64.h"

#include <stddef.h>
#include <stdint.h>

static const char standard_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64_encode(enum base64_kind kind, struct slice bytes, struct buf *out)
{
	const char *alphabet = kind == BASE64_URL ? url_alphabet : standard_alphabet;
	const uint8_t *b = (const uint8_t *)bytes.data;

	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t n = bytes.len - i < 3 ? bytes.len - i : 3;
		uint32_t group =
			(uint32_t)b[i] << 16 | (n > 1 ? (uint32_t)b[i + 1] << 8 : 0) | (n > 2 ? b[i + 2] : 0);
		char text[4] = {alphabet[group >> 18], alphabet[group >> 12 & 63], alphabet[group >> 6 & 63],
			alphabet[group & 63]};
		buf_append(out, text, n + 1);
		if (kind == BASE64_STANDARD)
			buf_append(out, "==", 3 - n);
	}
}

static int digit_value(enum base64_kind kind, char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == (kind == BASE64_URL ? '-' : '+'))
		return 62;
	if (c == (kind == BASE64_URL ? '_' : '/'))
		return 63;
	return -1;
}

/* The digits without their padding; false when the padding is not what the length demands. */
static bool strip_padding(enum base64_kind kind, struct slice *text)
{
	if (kind == BASE64_STANDARD) {
		if (text->len % 4 != 0)
			return false;
		for (int i = 0; i < 2 && text->len > 0 && text->data[text->len - 1] == '='; i++)
			text->len--;
	}
	return text->len % 4 != 1;
}

/* One group of 2 to 4 digits, as 1 to 3 bytes. */
static bool decode_group(enum base64_kind kind, const char *text, size_t n, struct buf *out)
{
	uint32_t group = 0;

	for (size_t i = 0; i < 4; i++) {
		int value = i < n ? digit_value(kind, text[i]) : 0;
		if (value < 0)
			return false;
		group = group << 6 | (uint32_t)value;
	}
	/* Bits that no byte takes must be zero, else several texts would stand for the same bytes. */
	if ((n == 2 && (group & 0xffff)) || (n == 3 && (group & 0xff)))
		return false;
	const uint8_t bytes[3] = {(uint8_t)(group >> 16), (uint8_t)(group >> 8), (uint8_t)group};
	buf_append(out, bytes, n - 1);
	return !out->overflow;
}

bool base64_decode(enum base64_kind kind, struct slice text, struct buf *out)
{
	size_t start = out->len;

	if (!strip_padding(kind, &text))
		return false;
	for (size_t i = 0; i < text.len; i += 4) {
		size_t n = text.len - i < 4 ? text.len - i : 4;
		if (!decode_group(kind, text.data + i, n, out)) {
			out->len = start;
			return false;
		}
	}
	return true;
}
