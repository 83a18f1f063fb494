/* http_body.c: see http_body.h. Strict as RFC 9112 section 7.1 asks: hexadecimal digits only, CRLF only. */
#include "tests/kiotproxy-sim/http_body.h"

#include <string.h>

enum { TRAILER_MAX_BYTES = 8192 };

void http_body_init(struct http_body *b, enum http_body_kind kind, uint64_t length_bytes)
{
	*b = (struct http_body){.kind = kind, .left_bytes = length_bytes, .state = BODY_CONTENT};
	if (kind == HTTP_BODY_NONE || (kind == HTTP_BODY_LENGTH && length_bytes == 0))
		b->state = BODY_DONE;
	else if (kind == HTTP_BODY_CHUNKED)
		b->state = BODY_SIZE_LINE;
	else if (kind == HTTP_BODY_UNTIL_CLOSE)
		b->left_bytes = UINT64_MAX;
}

static bool size_parse(struct slice line, uint64_t *ret_size)
{
	struct slice digits, extension;
	uint64_t size = 0;

	slice_cut(line, ';', &digits, &extension);
	if (digits.len == 0 || digits.len > 15)
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		char c = digits.data[i];
		char lower = (char)(c | 32);

		if (c >= '0' && c <= '9')
			size = size * 16 + (uint64_t)(c - '0');
		else if (lower >= 'a' && lower <= 'f')
			size = size * 16 + (uint64_t)(lower - 'a' + 10);
		else
			return false;
	}
	*ret_size = size;
	return true;
}

/* A whole line (without CRLF) was collected. */
static void line_done(struct http_body *b)
{
	struct slice line = slice_of(b->line, b->line_len);

	b->line_len = 0;
	if (b->state == BODY_CHUNK_END) {
		b->state = line.len == 0 ? BODY_SIZE_LINE : BODY_BAD;
	} else if (b->state == BODY_TRAILERS) {
		if (line.len == 0)
			b->state = BODY_DONE;
	} else if (!size_parse(line, &b->left_bytes)) {
		b->state = BODY_BAD;
	} else {
		b->state = b->left_bytes ? BODY_CONTENT : BODY_TRAILERS;
	}
}

static void line_byte(struct http_body *b, char c)
{
	bool after_cr = b->line_len > 0 && b->line[b->line_len - 1] == '\r';

	if (b->state == BODY_TRAILERS && ++b->trailer_bytes > TRAILER_MAX_BYTES) {
		b->state = BODY_BAD;
	} else if (c == '\n') {
		b->line_len -= after_cr;
		if (after_cr)
			line_done(b);
		else
			b->state = BODY_BAD;
	} else if (after_cr || b->line_len == sizeof(b->line)) {
		b->state = BODY_BAD;
	} else {
		b->line[b->line_len++] = c;
	}
}

size_t http_body_feed(struct http_body *b, struct slice raw, http_body_fn *fn, void *arg)
{
	size_t used = 0;

	while (used < raw.len && b->state != BODY_DONE && b->state != BODY_BAD) {
		if (b->state != BODY_CONTENT) {
			line_byte(b, raw.data[used++]);
			continue;
		}
		size_t n = raw.len - used < b->left_bytes ? raw.len - used : (size_t)b->left_bytes;
		if (fn)
			fn(slice_of(raw.data + used, n), arg);
		used += n;
		if (b->kind != HTTP_BODY_UNTIL_CLOSE)
			b->left_bytes -= n;
		if (b->left_bytes == 0)
			b->state = b->kind == HTTP_BODY_CHUNKED ? BODY_CHUNK_END : BODY_DONE;
	}
	return used;
}
