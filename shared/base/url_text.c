/* url_text.c: see url_text.h. */
#include "shared/base/url_text.h"

static bool is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '.' || c == '_' || c == '~';
}

void url_encode(struct buf *out, struct slice text)
{
	static const char HEX[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (is_unreserved(c)) {
			buf_append_char(out, (char)c);
			continue;
		}
		const char encoded[] = {'%', HEX[c >> 4], HEX[c & 15]};
		buf_append(out, encoded, sizeof(encoded));
	}
}
