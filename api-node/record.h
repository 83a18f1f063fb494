/*
 * record.h: one proxy's record as this node keeps it, with what is costly to derive from it: secrets opened,
 * the key masked, the searchable text folded. Made once for each change, never changed after (but for the
 * memo, which is no part of its value).
 */
#ifndef KP_API_RECORD_H
#define KP_API_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/slice.h"

struct keyring;
struct proxy;
struct record_memo;

struct record {
	struct proxy *proxy;         /* owned */
	const char *masked_key;      /* in this allocation, as all texts here; "" for a static upstream */
	char *password;              /* the endpoint's password, unsealed */
	struct slice name, location; /* folded (fold.h), for sorting */
	struct slice search;         /* folded: whatever a search looks at, a line each; begins with name */
	uint64_t key_hash;           /* of the unsealed provider key (hash_bytes); 0: none */
	char key[24];                /* the id as text: the map's key */
	unsigned refs;               /* of the tables in records.c */
	struct record_memo *memo;    /* owned; what record_memo.c remembers of it */
};

/* Reads the topic's entry `key` → `value`; one reference. NULL with err when it is no valid record. A sealed
 * field that cannot be opened is shown as empty, and said once in the log. */
struct record *record_new(
	const struct keyring *keyring, struct slice key, struct slice value, struct err *err) MUST_CHECK;
/* Frees it with its last reference, secrets wiped. NULL is allowed. */
void record_unref(struct record *record);

/* Whether `key` is, whole, the provider key of this proxy: told by its hash under this process' own secret,
 * the key itself is not kept. */
bool record_has_key(const struct record *record, uint64_t key_hash);

#endif
