/* field_text.h: a value that was refused, in words: which field, and what would be right. */
#ifndef KP_API_HANDLERS_FIELD_TEXT_H
#define KP_API_HANDLERS_FIELD_TEXT_H

struct buf;
struct field_err;

/* Appends the params (a JSON object) and the English sentence, which names the field. */
void field_text(const struct field_err *err, struct buf *params, struct buf *detail);

#endif
