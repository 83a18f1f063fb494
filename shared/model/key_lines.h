/*
 * key_lines.h: what people paste to import many keys: one key a line, or several with commas or semicolons
 * between them; or columns, as from a spreadsheet, with TAB or | between them: key, name, region, tags,
 * paid_until.
 *
 * Pure: slices of the text, no allocation. It only takes apart; what a column may hold is validate.h's. Lines
 * may end in LF, CRLF or CR; a byte order mark, blanks (no-break ones too) and quotes around a field are
 * dropped, as are empty lines and a first line that names the columns.
 */
#ifndef KP_MODEL_KEY_LINES_H
#define KP_MODEL_KEY_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

enum { KEY_LINE_COLUMNS = 5 };

/* Each "" when it is not there. */
struct key_line {
	struct slice key, name, region, tags, paid_until;
	size_t line; /* from 1 */
	bool more;   /* there are columns behind the fifth */
};

struct key_lines {
	struct slice rest; /* of the text */
	struct slice keys; /* of a line with several keys: those not given yet */
	size_t line;
};

struct key_lines key_lines_of(struct slice text);
bool key_lines_next(struct key_lines *walk, struct key_line *ret_line) MUST_CHECK;

/* One entry of an array: a key, or columns; commas separate nothing in it. */
void key_line_of(struct slice entry, struct key_line *ret_line);

/* Two fields of a line with TAB, |, comma, semicolon or blanks between them ("old new"). False unless it has
 * exactly two. An empty line gives true and two empty fields. */
bool key_pair_of(struct slice line, struct slice *ret_first, struct slice *ret_second) MUST_CHECK;
/* The next line of `rest`, without its end; false when nothing is left. */
bool key_lines_cut(struct slice *rest, struct slice *ret_line) MUST_CHECK;

#endif
