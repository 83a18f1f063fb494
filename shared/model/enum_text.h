/* enum_text.h: looks a word up in a table of words: what every parse function of an X-macro table comes down
 * to. */
#ifndef KP_MODEL_ENUM_TEXT_H
#define KP_MODEL_ENUM_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

/* The index of `text` in `texts`, exactly as written there; false when it is none of them. Entries may be
 * NULL. */
static inline MUST_CHECK bool enum_text_find(
	const char *const *texts, size_t count, struct slice text, size_t *ret_index)
{
	for (size_t i = 0; i < count; i++) {
		if (!texts[i] || !slice_eq_str(text, texts[i]))
			continue;
		*ret_index = i;
		return true;
	}
	return false;
}

#endif
