/* iso8601.h: epoch milliseconds ↔ "2026-01-31T12:00:00.000Z", as REST shows and takes times. UTC, no locale.
 */
#ifndef KP_MODEL_ISO8601_H
#define KP_MODEL_ISO8601_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

struct json_writer;

enum { ISO8601_TEXT_BYTES = 32 };

/* Always with milliseconds. Years 0000–9999: times outside are clamped to them. */
void iso8601_text(int64_t epoch_ms, char dst[ISO8601_TEXT_BYTES]);

/* A member with that text; null for 0 and below: "never", "none". */
void iso8601_put(struct json_writer *w, const char *name, int64_t epoch_ms);

/* RFC 3339: date, "T", time, optional fraction (what is finer than a millisecond is cut off), "Z" or an
 * offset ±hh:mm; or a bare date = midnight UTC. Years 1970–9999. A leap second (:60) is refused. */
bool iso8601_parse(struct slice text, int64_t *ret_epoch_ms) MUST_CHECK;

#endif
