/* log_entry.h: one line of the history that users see: who did what to which proxy, and how it ended. */
#ifndef KP_MODEL_LOG_ENTRY_H
#define KP_MODEL_LOG_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/compiler.h"
#include "shared/base/err.h"
#include "shared/base/slice.h"

struct json;
struct json_writer;

struct log_entry {
	int64_t proxy_id;  /* 0 = of no proxy */
	int64_t timestamp; /* epoch ms of Redis' clock */
	struct slice id;   /* stream id, pages are asked for by it; "" when not known */
	struct slice action, region, status, message_id;
	struct slice actor;  /* who, by which means: actor.h; "user" in the store */
	struct slice params; /* JSON object text; "" = {} */
	struct json *json;   /* owned: the texts live in it */
};

/* An object whose members are texts (or, for proxy_id and timestamp, numbers; for params, an object).
 * `params` may be borrowed from `text`, which must outlive the entry. */
bool log_entry_parse(struct slice text, struct log_entry *ret_entry, struct err *err) MUST_CHECK;
void log_entry_done(struct log_entry *entry);

/* The REST object: the same members, the actor as `user` and `via`, timestamp as ISO 8601, and `message`: the
 * sentence in English ("" when the id is not known here). */
void log_entry_write(struct json_writer *w, const struct log_entry *entry);

#endif
