/* hash_map.c: see hash_map.h. Linear probing, at most 2/3 full; rehash drops the deleted slots. */
#include "shared/base/hash_map.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "shared/base/ensure.h"

enum { HASH_MAP_MIN_CAP = 16 };

static uint64_t hash_key[2];
static pthread_once_t hash_key_once = PTHREAD_ONCE_INIT;

static void draw_hash_key(void)
{
	ensure(getrandom(hash_key, sizeof(hash_key), 0) == (ssize_t)sizeof(hash_key));
}

static uint64_t rotl(uint64_t x, int bits)
{
	return (x << bits) | (x >> (64 - bits));
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1], v[1] = rotl(v[1], 13) ^ v[0], v[0] = rotl(v[0], 32);
	v[2] += v[3], v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3], v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1], v[1] = rotl(v[1], 17) ^ v[2], v[2] = rotl(v[2], 32);
}

uint64_t hash_bytes(struct slice data)
{
	pthread_once(&hash_key_once, draw_hash_key);
	uint64_t v[4] = {hash_key[0] ^ 0x736f6d6570736575u, hash_key[1] ^ 0x646f72616e646f6du,
		hash_key[0] ^ 0x6c7967656e657261u, hash_key[1] ^ 0x7465646279746573u};
	uint64_t word;
	size_t i = 0;

	for (; i + 8 <= data.len; i += 8) {
		memcpy(&word, data.data + i, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = (uint64_t)data.len << 56;
	for (int shift = 0; i < data.len; i++, shift += 8)
		word |= (uint64_t)(unsigned char)data.data[i] << shift;
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	for (int round = 0; round < 3; round++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void hash_map_init(struct hash_map *map)
{
	*map = (struct hash_map){0};
}

void hash_map_done(struct hash_map *map)
{
	if (!map)
		return;
	free(map->slots);
	hash_map_init(map);
}

void hash_map_clear(struct hash_map *map)
{
	hash_map_done(map);
}

static struct hash_map_slot *find_slot(const struct hash_map *map, struct slice key, uint64_t hash)
{
	if (map->cap == 0)
		return NULL;
	for (size_t i = hash & (map->cap - 1);; i = (i + 1) & (map->cap - 1)) {
		struct hash_map_slot *slot = &map->slots[i];
		if (!slot->key.data)
			return NULL;
		if (slot->value && slot->hash == hash && slice_eq(slot->key, key))
			return slot;
	}
}

static void insert_new(struct hash_map *map, struct slice key, uint64_t hash, void *value)
{
	size_t i = hash & (map->cap - 1);

	while (map->slots[i].key.data)
		i = (i + 1) & (map->cap - 1);
	map->slots[i] = (struct hash_map_slot){key, hash, value};
	map->used++;
	map->len++;
}

static void grow(struct hash_map *map)
{
	struct hash_map old = *map;
	size_t cap = HASH_MAP_MIN_CAP;

	while (cap < (old.len + 1) * 2)
		cap *= 2;
	*map = (struct hash_map){.slots = mem_zalloc(cap * sizeof(*map->slots)), .cap = cap};
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].value)
			insert_new(map, old.slots[i].key, old.slots[i].hash, old.slots[i].value);
	free(old.slots);
}

void *hash_map_find(const struct hash_map *map, struct slice key)
{
	struct hash_map_slot *slot = find_slot(map, key, hash_bytes(key));

	return slot ? slot->value : NULL;
}

void *hash_map_set(struct hash_map *map, struct slice key, void *value)
{
	uint64_t hash = hash_bytes(key);
	struct hash_map_slot *slot = find_slot(map, key, hash);

	ensure(value && key.data);
	if (slot) {
		void *old = slot->value;
		slot->key = key;
		slot->value = value;
		return old;
	}
	if ((map->used + 1) * 3 > map->cap * 2)
		grow(map);
	insert_new(map, key, hash, value);
	return NULL;
}

void *hash_map_remove(struct hash_map *map, struct slice key)
{
	struct hash_map_slot *slot = find_slot(map, key, hash_bytes(key));

	if (!slot)
		return NULL;
	void *old = slot->value;
	slot->value = NULL;
	slot->key = SLICE_LIT(""); /* not NULL: probing goes on behind a deleted slot */
	map->len--;
	return old;
}

void *hash_map_next(const struct hash_map *map, size_t *cursor)
{
	while (*cursor < map->cap) {
		void *value = map->slots[(*cursor)++].value;
		if (value)
			return value;
	}
	return NULL;
}
