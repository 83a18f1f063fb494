/* buf.c: see buf.h. */
#include "shared/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/ensure.h"

enum { BUF_MIN_CAP_BYTES = 64 };

void buf_init(struct buf *b, size_t limit_bytes)
{
	*b = (struct buf){.limit_bytes = limit_bytes};
}

void buf_done(struct buf *b)
{
	if (!b)
		return;
	free(b->data);
	buf_init(b, b->limit_bytes);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->overflow = false;
}

bool buf_reserve(struct buf *b, size_t n)
{
	size_t need;
	size_t cap = b->cap ? b->cap : BUF_MIN_CAP_BYTES;

	if (b->overflow)
		return false;
	/* One byte more than asked: buf_str() puts its NUL there. */
	if (__builtin_add_overflow(b->len, n, &need) || need == SIZE_MAX ||
		(b->limit_bytes && need > b->limit_bytes))
		goto full;
	need++;
	if (need <= b->cap)
		return true;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	char *data = realloc(b->data, cap);
	if (!data)
		goto full;
	b->data = data;
	b->cap = cap;
	return true;
full:
	b->overflow = true;
	return false;
}

void buf_append(struct buf *b, const void *data, size_t len)
{
	if (len == 0 || !buf_reserve(b, len))
		return;
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

void buf_append_slice(struct buf *b, struct slice s)
{
	buf_append(b, s.data, s.len);
}

void buf_append_str(struct buf *b, const char *s)
{
	buf_append(b, s, strlen(s));
}

void buf_append_char(struct buf *b, char c)
{
	buf_append(b, &c, 1);
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	/* Into the room that there is; only what does not fit is formatted twice. */
	size_t room = b->overflow ? 0 : b->cap - b->len;
	int len = vsnprintf(room ? b->data + b->len : NULL, room, fmt, ap);
	ensure(len >= 0);
	if (buf_reserve(b, (size_t)len)) {
		if ((size_t)len >= room)
			vsnprintf(b->data + b->len, (size_t)len + 1, fmt, again);
		b->len += (size_t)len;
	}
	va_end(again);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void buf_consume(struct buf *b, size_t n)
{
	ensure(n <= b->len);
	b->len -= n;
	if (b->len > 0)
		memmove(b->data, b->data + n, b->len);
}

struct slice buf_slice(const struct buf *b)
{
	return slice_of(b->data, b->len);
}

const char *buf_str(struct buf *b)
{
	if (!b->data)
		return "";
	b->data[b->len] = '\0';
	return b->data;
}
