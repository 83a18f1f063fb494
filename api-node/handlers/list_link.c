/* list_link.c: see list_link.h. */
#include "api-node/handlers/list_link.h"

#include "shared/base/url_text.h"

static void put_link(struct buf *out, struct slice path, struct slice query, uint64_t offset, uint64_t limit,
	const char *rel)
{
	struct slice field, name, value, rest = query;

	buf_append_str(out, out->len > 0 ? ", <" : "<");
	buf_append_slice(out, path);
	buf_append_char(out, '?');
	while (rest.len > 0) {
		slice_cut(rest, '\0', &field, &rest);
		slice_cut(field, '=', &name, &value);
		if (value.len == 0 || slice_eq_str(name, "offset") || slice_eq_str(name, "limit"))
			continue;
		url_encode(out, name);
		buf_append_char(out, '=');
		url_encode(out, value);
		buf_append_char(out, '&');
	}
	buf_printf(out, "offset=%llu&limit=%llu>; rel=\"%s\"", (unsigned long long)offset,
		(unsigned long long)limit, rel);
}

void list_link(struct buf *out, struct slice path, struct slice query, uint64_t offset, uint64_t limit,
	uint64_t total)
{
	uint64_t last = total > 0 ? (total - 1) / limit * limit : 0;

	put_link(out, path, query, 0, limit, "first");
	if (offset > 0 && total > 0) {
		/* From behind the end, back to what there is. */
		uint64_t prev = offset > limit ? offset - limit : 0;
		put_link(out, path, query, prev < last ? prev : last, limit, "prev");
	}
	if (offset + limit < total)
		put_link(out, path, query, offset + limit, limit, "next");
	put_link(out, path, query, last, limit, "last");
}
