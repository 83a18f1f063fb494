/* mask.c: see mask.h. */
#include "shared/model/mask.h"

#include <stdio.h>

enum { MASK_LONG_KEY = 24, MASK_LONG_HEAD = 8, MASK_LONG_TAIL = 6, MASK_SHORT_HEAD = 2 };

void mask_key(struct slice key, char dst[MASK_TEXT_BYTES])
{
	/* Keys are ASCII (validate_provider_key), so a byte is a character. */
	if (key.len >= MASK_LONG_KEY)
		snprintf(dst, MASK_TEXT_BYTES, "%.*s…%.*s", MASK_LONG_HEAD, key.data, MASK_LONG_TAIL,
			key.data + key.len - MASK_LONG_TAIL);
	else if (key.len > 0)
		snprintf(dst, MASK_TEXT_BYTES, "%.*s…", key.len < MASK_SHORT_HEAD ? 1 : MASK_SHORT_HEAD,
			key.data);
	else
		dst[0] = '\0';
}
