/* bytes_text.h: an amount of data as people read it: "950 B", "1.2 GB", in Vietnamese "1,2 GB". Steps of
 * 1000. */
#ifndef KP_MODEL_BYTES_TEXT_H
#define KP_MODEL_BYTES_TEXT_H

#include <stdint.h>

#include "shared/model/messages.h"

enum { BYTES_TEXT_BYTES = 48 };

/* One digit after the point below 100 of a unit, else none; rounded down, so that what is not full does not
 * look so. */
void bytes_text(uint64_t bytes, enum message_lang lang, char dst[BYTES_TEXT_BYTES]);

#endif
