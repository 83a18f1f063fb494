/* list_link.h: the Link header of a page of a list (RFC 8288). Pure. */
#ifndef KP_API_HANDLERS_LIST_LINK_H
#define KP_API_HANDLERS_LIST_LINK_H

#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/slice.h"

/* Appends `</path?…&offset=0&limit=50>; rel="first", …`: first, prev, next and last, those that there are.
 * `query`: the decoded fields, each ended by a NUL; all but offset and limit are kept, percent-encoded. Pages
 * are counted from offset 0, wherever this one begins. */
void list_link(struct buf *out, struct slice path, struct slice query, uint64_t offset, uint64_t limit,
	uint64_t total);

#endif
