/* utf8.c: see utf8.h. */
#include "shared/base/utf8.h"

size_t utf8_char_bytes(struct slice s)
{
	const unsigned char *b = (const unsigned char *)s.data;
	unsigned char low = 0x80, high = 0xbf; /* what the second byte may be */
	size_t len;

	if (s.len == 0)
		return 0;
	if (b[0] < 0x80)
		return 1;
	if (b[0] >= 0xc2 && b[0] <= 0xdf)
		len = 2;
	else if ((b[0] & 0xf0) == 0xe0)
		len = 3;
	else if (b[0] >= 0xf0 && b[0] <= 0xf4)
		len = 4;
	else
		return 0;
	/* The four lead bytes whose second byte is restricted (RFC 3629 section 4). */
	switch (b[0]) {
	case 0xe0: low = 0xa0; break;
	case 0xed: high = 0x9f; break;
	case 0xf0: low = 0x90; break;
	case 0xf4: high = 0x8f; break;
	default: break;
	}
	if (s.len < len || b[1] < low || b[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((b[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

bool utf8_is_valid(struct slice s)
{
	while (s.len > 0) {
		size_t len = utf8_char_bytes(s);
		if (len == 0)
			return false;
		s = slice_from(s, len);
	}
	return true;
}
