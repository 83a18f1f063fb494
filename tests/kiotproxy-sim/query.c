/* query.c: see query.h. */
#include "tests/kiotproxy-sim/query.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 32);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool percent_decode(struct slice s, char plus, char *dst, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.data[i] == '+' ? plus : s.data[i];

		if (c == '%') {
			int high = i + 2 < s.len ? hex_digit(s.data[i + 1]) : -1;
			int low = i + 2 < s.len ? hex_digit(s.data[i + 2]) : -1;

			if (high < 0 || low < 0 || (high | low) == 0)
				return false;
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (n + 1 >= size)
			return false;
		dst[n++] = c;
	}
	dst[n] = '\0';
	return true;
}

bool query_next(struct slice *rest, struct slice *ret_name, char *dst, size_t size)
{
	struct slice pair, tail, value;

	if (rest->len == 0)
		return false;
	slice_cut(*rest, '&', &pair, &tail);
	slice_cut(pair, '=', ret_name, &value);
	if (!percent_decode(value, ' ', dst, size))
		return false;
	*rest = tail;
	return true;
}
