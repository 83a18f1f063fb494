/* json_text.h: a JSON string literal of any bytes. */
#ifndef KP_SIM_JSON_TEXT_H
#define KP_SIM_JSON_TEXT_H

#include "shared/base/buf.h"

/* Appends `s` in quotes. Bytes from 0x80 on are kept as they are: the caller's text is UTF-8. */
void json_text(struct buf *out, struct slice s);
/* The same for bytes of unknown encoding: each from 0x80 on becomes the code point of its number (Latin-1).
 */
void json_text_latin1(struct buf *out, struct slice s);

#endif
