/* export_csv.h: proxies as rows of a spreadsheet. */
#ifndef KP_API_HANDLERS_EXPORT_CSV_H
#define KP_API_HANDLERS_EXPORT_CSV_H

#include <stddef.h>

#include "shared/base/buf.h"

struct api;
struct record;

/* One proxy with what an export adds to its record. */
struct export_row {
	const struct record *record;
	struct slice host; /* of the way that was chosen; "" and port 0: it has none */
	uint16_t port;
	struct slice rotate_link;
};

/* The byte order mark and the names of the columns: those of the API. */
void export_csv_begin(struct buf *out);
void export_csv_row(struct buf *out, const struct export_row *row);

#endif
