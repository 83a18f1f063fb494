/* session_cache.c: see session_cache.h. */
#include "api-node/session_cache.h"

#include <stdlib.h>

#include "shared/base/ensure.h"
#include "shared/base/hash_map.h"
#include "shared/crypto/token.h"

struct cached {
	char hash[SHA256_HEX_BYTES];
	struct session who;
	uint64_t seen_ms;
};

struct session_cache {
	struct hash_map by_hash; /* cached->hash → struct cached, owned */
};

struct session_cache *session_cache_new(void)
{
	struct session_cache *cache = mem_zalloc(sizeof(*cache));

	hash_map_init(&cache->by_hash);
	return cache;
}

void session_cache_free(struct session_cache *cache)
{
	size_t cursor = 0;

	if (!cache)
		return;
	for (struct cached *entry; (entry = hash_map_next(&cache->by_hash, &cursor));)
		free(entry);
	hash_map_done(&cache->by_hash);
	free(cache);
}

static void drop(struct session_cache *cache, struct cached *entry)
{
	hash_map_remove(&cache->by_hash, slice_from_str(entry->hash));
	free(entry);
}

static void drop_old(struct session_cache *cache, uint64_t now_ms)
{
	size_t cursor = 0;

	for (struct cached *entry; (entry = hash_map_next(&cache->by_hash, &cursor));)
		if (now_ms - entry->seen_ms > SESSION_CACHE_LIFE_MS)
			drop(cache, entry);
}

void session_cache_put(
	struct session_cache *cache, const char *hash, const struct session *who, uint64_t now_ms)
{
	struct cached *entry = hash_map_find(&cache->by_hash, slice_from_str(hash));

	if (!entry) {
		if (cache->by_hash.len >= SESSION_CACHE_MAX)
			drop_old(cache, now_ms);
		if (cache->by_hash.len >= SESSION_CACHE_MAX)
			return;
		entry = mem_zalloc(sizeof(*entry));
		ensure(slice_copy(slice_from_str(hash), entry->hash, sizeof(entry->hash)));
		hash_map_set(&cache->by_hash, slice_from_str(entry->hash), entry);
	}
	entry->who = *who;
	entry->seen_ms = now_ms;
}

const struct session *session_cache_find(const struct session_cache *cache, const char *hash, uint64_t now_ms)
{
	const struct cached *entry = hash_map_find(&cache->by_hash, slice_from_str(hash));

	return entry && now_ms - entry->seen_ms <= SESSION_CACHE_LIFE_MS ? &entry->who : NULL;
}

void session_cache_remove(struct session_cache *cache, const char *hash)
{
	struct cached *entry = hash_map_find(&cache->by_hash, slice_from_str(hash));

	if (entry)
		drop(cache, entry);
}

void session_cache_remove_user(struct session_cache *cache, int64_t user_id)
{
	size_t cursor = 0;

	for (struct cached *entry; (entry = hash_map_next(&cache->by_hash, &cursor));)
		if (entry->who.user_id == user_id)
			drop(cache, entry);
}
