/*
 * csv.h: RFC 4180 for people's spreadsheets: UTF-8 with a byte order mark, CRLF, quotes where needed. A cell
 * that a spreadsheet would take for a formula (it begins with = + - @ or a control character) gets a ' in
 * front: names and notes are other people's texts, and a formula can send a sheet's content away.
 */
#ifndef KP_BASE_CSV_H
#define KP_BASE_CSV_H

#include "shared/base/buf.h"
#include "shared/base/slice.h"

struct csv {
	struct buf *out; /* borrowed */
	size_t column;
};

/* Writes the byte order mark. */
void csv_begin(struct csv *csv, struct buf *out);
void csv_text(struct csv *csv, struct slice text); /* what a person or a provider wrote */
void csv_int(struct csv *csv, int64_t value);
void csv_end_row(struct csv *csv);

#endif
