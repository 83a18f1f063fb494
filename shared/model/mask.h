/* mask.h: how a provider key is shown: enough to recognise it, too little to use it. */
#ifndef KP_MODEL_MASK_H
#define KP_MODEL_MASK_H

#include "shared/base/slice.h"

enum { MASK_TEXT_BYTES = 24 };

/* First 8 … last 6 characters of a key of 24 or more, else its first 2 and "…"; empty stays empty. */
void mask_key(struct slice key, char dst[MASK_TEXT_BYTES]);

#endif
