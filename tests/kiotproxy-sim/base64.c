/* base64.c: see base64.h. */
#include "tests/kiotproxy-sim/base64.h"

void base64_encode(struct slice s, char *dst)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < s.len; i += 3) {
		size_t left = s.len - i;
		uint32_t v = (uint32_t)(unsigned char)s.data[i] << 16;

		if (left > 1)
			v |= (uint32_t)(unsigned char)s.data[i + 1] << 8;
		if (left > 2)
			v |= (unsigned char)s.data[i + 2];
		*dst++ = digits[v >> 18];
		*dst++ = digits[v >> 12 & 63];
		*dst++ = left > 1 ? digits[v >> 6 & 63] : '=';
		*dst++ = left > 2 ? digits[v & 63] : '=';
	}
	*dst = '\0';
}
