/* given.c: see given.h. */
#include "shared/model/given.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/fold.h"
#include "shared/model/iso8601.h"

enum { REGION_WORD_MAX_BYTES = 32, DATE_PARTS = 3 };

struct slice given_region(struct slice text)
{
	static const struct {
		const char *word, *region; /* the word without case and marks */
	} words[] = {{"bac", "bac"}, {"mien bac", "bac"}, {"trung", "trung"}, {"mien trung", "trung"},
		{"nam", "nam"}, {"mien nam", "nam"}, {"random", "random"}, {"ngau nhien", "random"}};
	char folded[REGION_WORD_MAX_BYTES];

	text = slice_trim(text, " ");
	if (text.len > sizeof(folded))
		return SLICE_NONE;
	struct slice word = slice_of(folded, fold_text(text, folded));
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (slice_eq_str(word, words[i].word))
			return slice_from_str(words[i].region);
	return SLICE_NONE;
}

/* The three numbers of a text with two of / - . in it. */
static bool date_parts(struct slice text, struct slice parts[DATE_PARTS])
{
	size_t n = 0, start = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\0' || !strchr("/-.", text.data[i]))
			continue;
		if (n == DATE_PARTS - 1)
			return false;
		parts[n++] = slice_of(text.data + start, i - start);
		start = i + 1;
	}
	parts[n] = slice_from(text, start);
	return n == DATE_PARTS - 1;
}

bool given_time(struct slice text, int64_t *ret_epoch_ms)
{
	struct slice parts[DATE_PARTS], day, month, year;
	uint32_t d, m, y;
	char end[40];

	text = slice_trim(text, " ");
	if (!date_parts(text, parts))
		return iso8601_parse(text, ret_epoch_ms);
	bool iso = parts[0].len == 4;
	year = parts[iso ? 0 : 2];
	month = parts[1];
	day = parts[iso ? 2 : 0];
	if (year.len != 4 || !slice_parse_u32(day, 31, &d) || !slice_parse_u32(month, 12, &m) ||
		!slice_parse_u32(year, 9999, &y))
		return iso8601_parse(text, ret_epoch_ms);
	snprintf(end, sizeof(end), "%04u-%02u-%02uT23:59:59+07:00", y, m, d);
	return iso8601_parse(slice_from_str(end), ret_epoch_ms);
}
