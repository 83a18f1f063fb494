/*
 * audience.h: the browsers that see the same: all administrators together, each other user's alone. What they
 * are told of proxies and of the history is rendered once, into one log that each reads at its own pace; so a
 * browser costs a position, and a thousand of them no more memory than one. The log is bounded: who has
 * fallen out of it reads everything anew. push.c decides what concerns an audience; here is when it is told.
 */
#ifndef KP_API_PUSH_AUDIENCE_H
#define KP_API_PUSH_AUDIENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/compiler.h"
#include "shared/base/hash_map.h"
#include "shared/base/list.h"

struct api;

enum { AUDIENCE_ADMINISTRATORS = 0 };

enum {
	AUDIENCE_LOG_ALL_BYTES = 1024 * 1024, /* what the slowest administrator may be behind */
	AUDIENCE_LOG_OWN_BYTES = 256 * 1024,  /* and anybody else, who sees less */
	AUDIENCE_SPAN_BYTES = 64 * 1024,      /* of the log in one write; a longer frame goes alone */
};

enum push_what { TELL_STATE, TELL_DELETED };

struct audience {
	int64_t user_id;            /* the hub's key; AUDIENCE_ADMINISTRATORS for all of them */
	struct list clients;        /* push_client->audience_node */
	struct hash_map marks;      /* by proxy id; owned */
	struct list dirty, cooling; /* of marks */
	struct buf texts;           /* frames that come after the dirty proxies' */
	struct buf log;             /* frames, as they go over the wire */
	uint64_t log_start;         /* position of log.data[0] */
};

struct audience *audience_new(int64_t user_id) MUST_CHECK;
void audience_free(struct audience *audience); /* without clients; accepts NULL */

/* Whether proxies of this owner are its to see. */
bool audience_sees(const struct audience *audience, int64_t owner_id);

/* It is to be told of proxy `id`: with the next flush, or when its 100 ms are over. False: too many are
 * outstanding, everything is forgotten, and its clients must read everything anew. */
bool audience_tell(struct audience *audience, int64_t id, enum push_what what) MUST_CHECK;
bool audience_tell_text(struct audience *audience, struct slice text) MUST_CHECK; /* a line of the history */
void audience_forget(struct audience *audience); /* all that is outstanding */

/* Writes what may be told now into the log. Returns how many proxies are outstanding or cooling: while there
 * are some, call it again soon. */
size_t audience_flush(struct audience *audience, struct api *api, uint64_t now_ms);

/* The slowest client has read up to here: when that is all, the log's memory goes. */
void audience_trim(struct audience *audience, uint64_t oldest_position);
/* Where the log ends: a new client reads from here. */
uint64_t audience_end(const struct audience *audience);
/* Whether a client at this position still can go on. */
bool audience_has(const struct audience *audience, uint64_t position);
/* Whole frames from *position on, which is moved behind them; valid until the next flush. Empty at the end.
 */
struct slice audience_read(const struct audience *audience, uint64_t *position, uint64_t *ret_frames);

#endif
