/* printable.h: which texts of users can be shown to others without doing harm, and how long they are. */
#ifndef KP_MODEL_PRINTABLE_H
#define KP_MODEL_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

enum printable_breaks { PRINTABLE_ONE_LINE, PRINTABLE_MANY_LINES /* TAB and LF too */ };

/* Whether `text` is UTF-8 without control characters, line and paragraph separators, direction marks and
 * overrides (they forge what others read) and non-characters; and how many characters it has. */
bool printable_check(struct slice text, enum printable_breaks breaks, size_t *ret_chars) MUST_CHECK;

/* The most bytes ≤ max_bytes of UTF-8 `text` that end between two characters. */
size_t printable_cut(struct slice text, size_t max_bytes);

#endif
