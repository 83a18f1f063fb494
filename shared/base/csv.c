/* csv.c: see csv.h. */
#include "shared/base/csv.h"

#include <inttypes.h>
#include <string.h>

static void begin_cell(struct csv *csv)
{
	if (csv->column++ > 0)
		buf_append_char(csv->out, ',');
}

static bool looks_like_formula(struct slice text)
{
	return text.len > 0 && text.data[0] != '\0' && strchr("=+-@\t\r\n", text.data[0]);
}

static bool needs_quotes(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == ',' || text.data[i] == '"' || text.data[i] == '\r' ||
			text.data[i] == '\n')
			return true;
	return looks_like_formula(text);
}

void csv_begin(struct csv *csv, struct buf *out)
{
	*csv = (struct csv){.out = out};
	buf_append_str(out, "\xef\xbb\xbf");
}

void csv_text(struct csv *csv, struct slice text)
{
	begin_cell(csv);
	if (!needs_quotes(text)) {
		buf_append_slice(csv->out, text);
		return;
	}
	buf_append_char(csv->out, '"');
	if (looks_like_formula(text))
		buf_append_char(csv->out, '\'');
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"')
			buf_append_char(csv->out, '"');
		buf_append_char(csv->out, text.data[i]);
	}
	buf_append_char(csv->out, '"');
}

void csv_int(struct csv *csv, int64_t value)
{
	begin_cell(csv);
	buf_printf(csv->out, "%" PRId64, value);
}

void csv_end_row(struct csv *csv)
{
	csv->column = 0;
	buf_append_str(csv->out, "\r\n");
}
