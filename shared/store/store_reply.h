/*
 * store_reply.h: a Redis reply, read through accessors so that hiredis stays in two files. A reply belongs to
 * the link and is valid only inside the callback that brought it.
 */
#ifndef KP_STORE_STORE_REPLY_H
#define KP_STORE_STORE_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/slice.h"

struct store_reply; /* hiredis' redisReply */

enum store_reply_type {
	STORE_REPLY_NIL,
	STORE_REPLY_TEXT, /* bulk or simple string */
	STORE_REPLY_INT,
	STORE_REPLY_ARRAY,
	STORE_REPLY_ERROR, /* store_reply_str gives the text: "WRONGTYPE Operation against …" */
};

/* All accept NULL (as NIL). */
enum store_reply_type store_reply_type(const struct store_reply *reply);
struct slice store_reply_str(const struct store_reply *reply); /* empty unless TEXT or ERROR */
/* The number of an INT, or of a TEXT of decimal digits. */
bool store_reply_int(const struct store_reply *reply, int64_t *ret_value);
size_t store_reply_count(const struct store_reply *reply); /* elements; 0 unless ARRAY */
const struct store_reply *store_reply_at(const struct store_reply *reply, size_t i); /* NULL past the end */

/* Whether an ERROR starts with this word: store_reply_is_error(r, "NOSCRIPT"). */
bool store_reply_is_error(const struct store_reply *reply, const char *word);

#endif
