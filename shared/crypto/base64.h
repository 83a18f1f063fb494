/* base64.h: RFC 4648, strict: only the canonical text of a byte string decodes, no blanks, no line breaks. */
#ifndef KP_CRYPTO_BASE64_H
#define KP_CRYPTO_BASE64_H

#include <stdbool.h>

#include "shared/base/buf.h"
#include "shared/base/slice.h"

enum base64_kind {
	BASE64_STANDARD, /* + / with = padding (RFC 4648 section 4): HTTP Basic */
	BASE64_URL,      /* - _ without padding (section 5): tokens and sealed values */
};

/* Appends; check out->overflow. */
void base64_encode(enum base64_kind kind, struct slice bytes, struct buf *out);

/* Appends the bytes. False, and nothing appended, when the text is not canonical or `out` is full. */
bool base64_decode(enum base64_kind kind, struct slice text, struct buf *out) MUST_CHECK;

#endif
