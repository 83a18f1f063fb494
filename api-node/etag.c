/* etag.c: see etag.h. */
#include "api-node/etag.h"

bool etag_matches(struct slice if_none_match, const char *etag)
{
	struct slice item, rest = if_none_match;

	/* Our tags hold no comma, so cutting at commas cannot make two halves of another's into one of ours.
	 */
	while (rest.len > 0) {
		slice_cut(rest, ',', &item, &rest);
		item = slice_trim(item, " \t");
		if (slice_has_prefix(item, SLICE_LIT("W/")))
			item = slice_from(item, 2);
		if (slice_eq_str(item, "*") || slice_eq_str(item, etag))
			return true;
	}
	return false;
}
