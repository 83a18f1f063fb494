/* url_text.h: text inside a URL. */
#ifndef KP_BASE_URL_TEXT_H
#define KP_BASE_URL_TEXT_H

#include "shared/base/buf.h"
#include "shared/base/slice.h"

/* Appends `text`, percent-encoded but for the unreserved characters of RFC 3986 2.3: right in any part. */
void url_encode(struct buf *out, struct slice text);

#endif
