/*
 * change.h: one message of a followed topic: {gen, prev, ver, changes: [{op, key, value?}, …]}. Read as a
 * whole or refused as a whole. A value stays the exact bytes of the message, because the nodes' digests are
 * over them; what it means is known to the topic's readers (route.h, proxy.h, settings.h, log_entry.h).
 */
#ifndef KP_MODEL_CHANGE_H
#define KP_MODEL_CHANGE_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/slice.h"

struct json;

enum { CHANGE_MAX_BYTES = 8 * 1024 * 1024 };

#define CHANGE_OPS(X)                                                                                      \
	X(SET, "set")                 /* key now has value */                                              \
	X(DEL, "del")                 /* key is gone */                                                    \
	X(LOG, "log")                 /* history line of proxy `key`, or of none; not part of the state */ \
	X(JOB, "job")                 /* job `key` ended with the result value; not part of the state */   \
	X(SESSION_END, "session_end") /* sessions of user `key` ended; not part of the state */            \
	X(USER, "user")               /* user `key` changed; not part of the state */

#define X(name, text) CHANGE_##name,
enum change_op { CHANGE_OPS(X) CHANGE_OP_COUNT };
#undef X

struct change_item {
	enum change_op op;
	struct slice key;   /* unescaped */
	struct slice value; /* the exact bytes in the message; SLICE_NONE when absent */
};

struct change {
	uint64_t gen;
	uint64_t prev; /* the version this one follows */
	uint64_t ver;
	struct change_item *items; /* owned; NULL when none */
	size_t item_count;
	struct json *json; /* owned: the keys live in it */
};

const char *change_op_text(enum change_op op);

/* The values in `ret_change` are borrowed from `text`, which must outlive it. Refused: anything but the form
 * above with ver = prev + 1, a key and value where the op needs them. Unknown members are ignored, and so are
 * changes with an unknown op: while a fleet is upgraded node by node, newer ones publish them beside sets
 * that must not be lost. So a new op must never be one of the state; that takes a new schema version.
 */
bool change_parse(struct slice text, struct change *ret_change, struct err *err) MUST_CHECK;
void change_done(struct change *change);

/* "<gen>-<ver>", the text that REST, /readyz and stream entries use. */
enum { VERSION_TEXT_BYTES = 48 };
void version_text(uint64_t gen, uint64_t ver, char dst[VERSION_TEXT_BYTES]);
bool version_parse(struct slice text, uint64_t *ret_gen, uint64_t *ret_ver) MUST_CHECK;

#endif
