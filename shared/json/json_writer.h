/*
 * json_writer.h: JSON written straight down into a buf: commas, quoting and escaping are done here. Bytes
 * that are not UTF-8 become U+FFFD, so that what we write can always be read. Check buf->overflow at the end.
 *
 *	json_writer_init(&w, &out);
 *	json_object_begin(&w);
 *	json_put_int(&w, "id", 7);
 *	json_object_end(&w);
 */
#ifndef KP_JSON_JSON_WRITER_H
#define KP_JSON_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/slice.h"

enum { JSON_WRITER_MAX_DEPTH = 32 };

struct json_writer {
	struct buf *out; /* borrowed */
	unsigned depth;
	bool after_key;                        /* the next value belongs to a key: no comma */
	bool has_items[JSON_WRITER_MAX_DEPTH]; /* per level: a comma is due */
};

void json_writer_init(struct json_writer *w, struct buf *out);

/* Values: the root, an element, or what follows json_key(). */
void json_object_begin(struct json_writer *w);
void json_object_end(struct json_writer *w);
void json_array_begin(struct json_writer *w);
void json_array_end(struct json_writer *w);
void json_text(struct json_writer *w, struct slice text);
void json_int(struct json_writer *w, int64_t value);
void json_uint(struct json_writer *w, uint64_t value);
void json_real(struct json_writer *w, double value); /* null when not finite */
void json_boolean(struct json_writer *w, bool value);
void json_null(struct json_writer *w);
void json_raw(struct json_writer *w, struct slice json); /* ready JSON, trusted */

/* Ready members of an object, without its braces, trusted; not empty. */
void json_raw_members(struct json_writer *w, struct slice members);

void json_key(struct json_writer *w, const char *name);
void json_key_slice(struct json_writer *w, struct slice name);

/* Key and value in one. */
void json_put_str(struct json_writer *w, const char *name, struct slice text);
void json_put_cstr(struct json_writer *w, const char *name, const char *text); /* NULL gives null */
void json_put_int(struct json_writer *w, const char *name, int64_t value);
void json_put_uint(struct json_writer *w, const char *name, uint64_t value);
void json_put_real(struct json_writer *w, const char *name, double value);
void json_put_bool(struct json_writer *w, const char *name, bool value);
void json_put_null(struct json_writer *w, const char *name);
void json_put_raw(struct json_writer *w, const char *name, struct slice json);

#endif
