/*
 * session_cache.h: the sessions that the store confirmed lately, by the hash of their token: who may go on
 * reading from our copy while Redis is away. Never asked while Redis answers.
 */
#ifndef KP_API_SESSION_CACHE_H
#define KP_API_SESSION_CACHE_H

#include <stdint.h>

#include "shared/base/compiler.h"
#include "shared/model/user.h"

enum {
	SESSION_CACHE_MAX = 10000,
	SESSION_CACHE_LIFE_MS = 5 * 60 * 1000,
};

struct session_cache;

struct session_cache *session_cache_new(void) MUST_CHECK;
void session_cache_free(struct session_cache *cache);

/* `hash`: 64 hex digits. A full cache drops what is too old, or else does not take the new one. */
void session_cache_put(
	struct session_cache *cache, const char *hash, const struct session *who, uint64_t now_ms);
/* NULL when it was not confirmed within SESSION_CACHE_LIFE_MS. */
const struct session *session_cache_find(
	const struct session_cache *cache, const char *hash, uint64_t now_ms);
void session_cache_remove(struct session_cache *cache, const char *hash);
void session_cache_remove_user(struct session_cache *cache, int64_t user_id);

#endif
