/*
 * messages.h: every sentence that users read, by its message_id, in English and Vietnamese. REST's `detail`,
 * the relays' error bodies, the log and notices all take them from here; the table is messages_table.h.
 */
#ifndef KP_MODEL_MESSAGES_H
#define KP_MODEL_MESSAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/compiler.h"
#include "shared/base/slice.h"

struct json;

enum message_lang { MESSAGE_ENGLISH, MESSAGE_VIETNAMESE };

/* "vi", "vi-VN", … gives Vietnamese, anything else (empty too) English. */
enum message_lang message_lang_of(struct slice text);

bool message_known(struct slice id);
/* The text with its {places}; that of err.unknown when `id` is not in the table. */
const char *message_template(struct slice id, enum message_lang lang);

/* Appends the sentence of `id`, each {place} filled from the member of that name in `params` (an object, or
 * NULL): texts and integers as they are, the ids of a region and of a provider as their names, a number
 * called "time" as an ISO 8601 time, one called "used" or "limit" as an amount of data. A place without a
 * value becomes "…", but {provider} KiotProxy. An
 * unknown id becomes err.unknown. */
void message_format(struct buf *out, struct slice id, enum message_lang lang, const struct json *params);

/* As message_format, with times told in the caller's way. */
enum { MESSAGE_TIME_BYTES = 32 };
typedef void message_time_fn(int64_t epoch_ms, char dst[MESSAGE_TIME_BYTES]);
void message_format_timed(struct buf *out, struct slice id, enum message_lang lang, const struct json *params,
	message_time_fn *time_text);

/* As message_format, with parameters given as name, text pairs: for callers without JSON. */
struct message_param {
	const char *name;
	struct slice text;
};
void message_format_with(struct buf *out, struct slice id, enum message_lang lang,
	const struct message_param *params, size_t param_count);

#endif
