/* json_text.c: see json_text.h. */
#include "tests/kiotproxy-sim/json_text.h"

static void text(struct buf *out, struct slice s, unsigned char first_escaped)
{
	buf_append_char(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.data[i];

		if (c == '"' || c == '\\') {
			buf_append_char(out, '\\');
			buf_append_char(out, (char)c);
		} else if (c < ' ' || c == 0x7f || (first_escaped && c >= first_escaped)) {
			buf_printf(out, "\\u%04x", c);
		} else {
			buf_append_char(out, (char)c);
		}
	}
	buf_append_char(out, '"');
}

void json_text(struct buf *out, struct slice s)
{
	text(out, s, 0);
}

void json_text_latin1(struct buf *out, struct slice s)
{
	text(out, s, 0x80);
}
