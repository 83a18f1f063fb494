/*
 * json_scan.h: is this text one strict JSON value (RFC 8259)? Pure: no tree, no allocation, linear time.
 *
 * It stands before cJSON, which (1.7.15) also takes a byte order mark, control characters in strings, numbers
 * such as 01, +1 or 1., bytes behind the value, any byte up to 0x20 as blank, ends strings at \u0000, never
 * looks at UTF-8, and cuts numbers at 63 characters. What passes here cJSON reads without surprise.
 */
#ifndef KP_JSON_JSON_SCAN_H
#define KP_JSON_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/err.h"
#include "shared/base/slice.h"

/* False with what is wrong and at which byte. Duplicate members and overflowing numbers (1e999) are not seen
 * here: json_parse() looks for them in the tree. */
bool json_scan(struct slice text, unsigned max_depth, struct err *err) MUST_CHECK;

/* The text that stands between a string's quotes, its escapes resolved, for a string that json_scan() has
 * passed. `dst` has room for inside.len bytes; returns how many it took. */
size_t json_unescape(struct slice inside, char *dst);

#endif
