/* utf8.h: well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef KP_BASE_UTF8_H
#define KP_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/slice.h"

/* The length in bytes (1-4) of the character at the start of `s`; 0 when it is ill-formed or `s` is empty. */
size_t utf8_char_bytes(struct slice s);
bool utf8_is_valid(struct slice s);

#endif
