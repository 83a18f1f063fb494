/*
 * buf.h: a growable byte buffer with a hard limit. Appending past the limit sets `overflow` and appends
 * nothing more, so that a builder can be written straight down and checked once at the end.
 */
#ifndef KP_BASE_BUF_H
#define KP_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

struct buf {
	char *data;         /* owned; NULL until the first byte */
	size_t len;         /* bytes held */
	size_t cap;         /* bytes allocated */
	size_t limit_bytes; /* 0 = none */
	bool overflow;      /* the limit was hit or memory was short: the content is incomplete */
};

void buf_init(struct buf *b, size_t limit_bytes);
void buf_done(struct buf *b);  /* frees the content; the buffer may be used again */
void buf_clear(struct buf *b); /* empties it, keeps the memory */

/* Room for `n` more bytes behind data + len. False (and overflow) when limit or memory forbids. */
bool buf_reserve(struct buf *b, size_t n) MUST_CHECK;
void buf_append(struct buf *b, const void *data, size_t len);
void buf_append_slice(struct buf *b, struct slice s);
void buf_append_str(struct buf *b, const char *s);
void buf_append_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap);

void buf_consume(struct buf *b, size_t n); /* drops the first n bytes (n <= len) */
struct slice buf_slice(const struct buf *b);

/* The content as a C string (a NUL is kept behind it); "" when empty. Valid until the next change. */
const char *buf_str(struct buf *b);

#endif
