/*
 * chunk_pool.h: byte buffers that connections borrow only while they hold bytes. Two sizes: 16 KiB for what
 * passes through, and a large one for a head (or what waits to be written) that does not fit. One pool
 * belongs to one worker.
 */
#ifndef KP_RELAY_CHUNK_POOL_H
#define KP_RELAY_CHUNK_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

/* Large: the largest head of an answer (64 KiB) and what rewriting adds to it. */
enum { CHUNK_BYTES = 16384, CHUNK_LARGE_BYTES = 81920 };

/* The bytes from `start` to `end` are held. */
struct chunk {
	struct chunk *next_free; /* the pool's */
	uint32_t cap_bytes;
	uint32_t start, end;
	char data[];
};

struct chunk_pool {
	struct chunk *spare;  /* owned: 16 KiB ones; the most recently used, still in the cache, is first */
	uint32_t spare_count; /* bounded: a burst must not keep its memory for ever */
	uint32_t borrowed;    /* of both sizes */
};

void chunk_pool_init(struct chunk_pool *pool);
void chunk_pool_done(struct chunk_pool *pool); /* everything must have been returned */

/* An empty chunk with room for `bytes` (at most CHUNK_LARGE_BYTES). NULL when out of memory. */
struct chunk *chunk_borrow(struct chunk_pool *pool, size_t bytes) MUST_CHECK;
void chunk_return(struct chunk_pool *pool, struct chunk *chunk); /* accepts NULL */

/* Makes *chunk (may be NULL) a large one with the same bytes. False when out of memory: *chunk is as before.
 */
bool chunk_enlarge(struct chunk_pool *pool, struct chunk **chunk) MUST_CHECK;

static inline uint32_t chunk_len(const struct chunk *chunk)
{
	return chunk ? chunk->end - chunk->start : 0;
}

static inline uint32_t chunk_room(const struct chunk *chunk)
{
	return chunk->cap_bytes - chunk->end;
}

static inline struct slice chunk_slice(const struct chunk *chunk)
{
	return chunk ? slice_of(chunk->data + chunk->start, chunk->end - chunk->start) : SLICE_NONE;
}

#endif
