/* bytes_text.c: see bytes_text.h. */
#include "shared/model/bytes_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "shared/base/compiler.h"

void bytes_text(uint64_t bytes, enum message_lang lang, char dst[BYTES_TEXT_BYTES])
{
	static const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB", "EB"};
	uint64_t step = 1, whole, tenth;
	size_t unit = 0;

	while (unit + 1 < ARRAY_LEN(units) && bytes / step >= 1000) {
		step *= 1000;
		unit++;
	}
	whole = bytes / step;
	tenth = step == 1 ? 0 : bytes % step / (step / 10);
	if (whole < 100 && tenth)
		snprintf(dst, BYTES_TEXT_BYTES, "%" PRIu64 "%c%" PRIu64 " %s", whole,
			lang == MESSAGE_VIETNAMESE ? ',' : '.', tenth, units[unit]);
	else
		snprintf(dst, BYTES_TEXT_BYTES, "%" PRIu64 " %s", whole, units[unit]);
}
