/*
 * fold.h: text as a search sees it: letters without case and without marks, so that `da nang` finds
 * `Đà Nẵng`. Vietnamese and the other Latin letters of Unicode's first blocks, composed (NFC) or with marks
 * behind the letter (NFD); whatever else stays as it is. It is no spelling checker: `ae` does not find `æ`.
 */
#ifndef KP_BASE_FOLD_H
#define KP_BASE_FOLD_H

#include <stddef.h>

#include "shared/base/slice.h"

/* Writes the folded text to `dst`, which has room for text.len bytes and may be text.data itself. Returns its
 * length, never above text.len. Bytes that are not UTF-8 stay. */
size_t fold_text(struct slice text, char *dst);

#endif
