/* natural.c: see natural.h. */
#include "shared/base/natural.h"

#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The digits at *at, without leading zeros; *at moves behind them. */
static struct slice take_digits(struct slice s, size_t *at)
{
	while (*at < s.len && s.data[*at] == '0')
		(*at)++;
	size_t start = *at;
	while (*at < s.len && is_digit(s.data[*at]))
		(*at)++;
	return slice_of(s.data + start, *at - start);
}

static int compare_digits(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return a.len > 0 ? memcmp(a.data, b.data, a.len) : 0;
}

int natural_compare(struct slice a, struct slice b)
{
	size_t i = 0, j = 0;

	while (i < a.len && j < b.len) {
		unsigned char x = (unsigned char)a.data[i], y = (unsigned char)b.data[j];

		if (is_digit((char)x) && is_digit((char)y)) {
			int order = compare_digits(take_digits(a, &i), take_digits(b, &j));
			if (order != 0)
				return order;
			continue;
		}
		if (x != y)
			return x < y ? -1 : 1;
		i++;
		j++;
	}
	return (i < a.len) - (j < b.len);
}
