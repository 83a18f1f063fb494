/*
 * hash_map.h: bytes → pointer. Open addressing with a keyed hash (SipHash-1-3), because names come from
 * outside. The map owns neither keys nor values: the key's bytes live in the value and must outlive the
 * entry.
 */
#ifndef KP_BASE_HASH_MAP_H
#define KP_BASE_HASH_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/slice.h"

struct hash_map_slot {
	struct slice key; /* data NULL: empty */
	uint64_t hash;
	void *value; /* NULL with a key: deleted */
};

struct hash_map {
	struct hash_map_slot *slots; /* owned; NULL until the first set */
	size_t cap;                  /* power of two */
	size_t used;                 /* live and deleted */
	size_t len;                  /* live */
};

void hash_map_init(struct hash_map *map);
void hash_map_done(struct hash_map *map); /* frees the table, not the values */
void hash_map_clear(struct hash_map *map);

void *hash_map_find(const struct hash_map *map, struct slice key); /* NULL when absent */

/* Sets key → value (not NULL) and returns the value it replaced, or NULL. The key now points into the new
 * value's memory, so the old value may be freed by the caller. */
void *hash_map_set(struct hash_map *map, struct slice key, void *value);
void *hash_map_remove(struct hash_map *map, struct slice key); /* the removed value, or NULL */

/* Iteration in no order: start with *cursor = 0; NULL at the end. Removing what was just returned is allowed.
 */
void *hash_map_next(const struct hash_map *map, size_t *cursor);

/* SipHash-1-3 of `data` under a key drawn once per process. */
uint64_t hash_bytes(struct slice data);

#endif
