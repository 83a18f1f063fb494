/* base64.h: RFC 4648 encoding, for Basic credentials. */
#ifndef KP_SIM_BASE64_H
#define KP_SIM_BASE64_H

#include "shared/base/slice.h"

#define BASE64_TEXT_BYTES(n) (((n) + 2) / 3 * 4 + 1)

/* `dst` holds BASE64_TEXT_BYTES(s.len) bytes. */
void base64_encode(struct slice s, char *dst);

#endif
