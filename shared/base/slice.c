/* slice.c: see slice.h. */
#include "shared/base/slice.h"

#include <string.h>

static unsigned char ascii_lower(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 'A' && u <= 'Z' ? u | 0x20 : u;
}

struct slice slice_of(const char *data, size_t len)
{
	return (struct slice){data, len};
}

struct slice slice_from_str(const char *s)
{
	return s ? (struct slice){s, strlen(s)} : SLICE_NONE;
}

bool slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool slice_eq_str(struct slice a, const char *b)
{
	return slice_eq(a, slice_from_str(b));
}

bool slice_eq_icase(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
			return false;
	return true;
}

bool slice_has_prefix(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len && slice_eq(slice_of(s.data, prefix.len), prefix);
}

bool slice_has_suffix(struct slice s, struct slice suffix)
{
	return s.len >= suffix.len && slice_eq(slice_from(s, s.len - suffix.len), suffix);
}

struct slice slice_from(struct slice s, size_t offset)
{
	if (!s.data) /* NULL + 0 is undefined in C */
		return SLICE_NONE;
	if (offset >= s.len)
		return slice_of(s.data + s.len, 0);
	return slice_of(s.data + offset, s.len - offset);
}

struct slice slice_trim(struct slice s, const char *chars)
{
	while (s.len > 0 && s.data[0] != '\0' && strchr(chars, s.data[0])) {
		s.data++;
		s.len--;
	}
	while (s.len > 0 && s.data[s.len - 1] != '\0' && strchr(chars, s.data[s.len - 1]))
		s.len--;
	return s;
}

bool slice_cut(struct slice s, char sep, struct slice *ret_head, struct slice *ret_tail)
{
	const char *at = s.len > 0 ? memchr(s.data, sep, s.len) : NULL;

	if (!at) {
		*ret_head = s;
		*ret_tail = slice_from(s, s.len);
		return false;
	}
	*ret_head = slice_of(s.data, (size_t)(at - s.data));
	*ret_tail = slice_of(at + 1, s.len - (size_t)(at - s.data) - 1);
	return true;
}

bool slice_parse_u64(struct slice s, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.data[i] < '0' || s.data[i] > '9')
			return false;
		if (__builtin_mul_overflow(value, 10u, &value) ||
			__builtin_add_overflow(value, (uint64_t)(s.data[i] - '0'), &value))
			return false;
	}
	*ret_value = value;
	return true;
}

bool slice_parse_u32(struct slice s, uint32_t max, uint32_t *ret_value)
{
	uint64_t value;

	if (!slice_parse_u64(s, &value) || value > max)
		return false;
	*ret_value = (uint32_t)value;
	return true;
}

bool slice_parse_i64(struct slice s, int64_t *ret_value)
{
	bool negative = s.len > 0 && s.data[0] == '-';
	uint64_t value;

	if (!slice_parse_u64(negative ? slice_from(s, 1) : s, &value) ||
		value > (uint64_t)INT64_MAX + negative)
		return false;
	/* Negated before the cast: INT64_MIN has no positive twin. */
	*ret_value = (int64_t)(negative ? -value : value);
	return true;
}

bool slice_copy(struct slice s, char *dst, size_t size)
{
	if (s.len >= size || (s.len > 0 && memchr(s.data, '\0', s.len)))
		return false;
	if (s.len > 0)
		memcpy(dst, s.data, s.len);
	dst[s.len] = '\0';
	return true;
}
