/* etag.h: does the client's copy still hold? Pure. */
#ifndef KP_API_ETAG_H
#define KP_API_ETAG_H

#include <stdbool.h>

#include "shared/base/slice.h"

/* Whether If-None-Match (data NULL when absent) names `etag` (with its quotes), or is `*`. Compared weakly,
 * as RFC 9110 13.1.2 says: W/"x" is "x". */
bool etag_matches(struct slice if_none_match, const char *etag);

#endif
