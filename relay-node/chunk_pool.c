/* chunk_pool.c: see chunk_pool.h. Not a slab: chunks need no zeroing, and memory goes back after a burst. */
#include "relay-node/chunk_pool.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/ensure.h"

enum { SPARE_MAX = 256 }; /* 4 MiB a worker */

void chunk_pool_init(struct chunk_pool *pool)
{
	*pool = (struct chunk_pool){0};
}

void chunk_pool_done(struct chunk_pool *pool)
{
	ensure(pool->borrowed == 0);
	while (pool->spare) {
		struct chunk *chunk = pool->spare;

		pool->spare = chunk->next_free;
		free(chunk);
	}
	pool->spare_count = 0;
}

struct chunk *chunk_borrow(struct chunk_pool *pool, size_t bytes)
{
	size_t cap = bytes <= CHUNK_BYTES ? CHUNK_BYTES : CHUNK_LARGE_BYTES;
	struct chunk *chunk;

	ensure(bytes <= CHUNK_LARGE_BYTES);
	if (cap == CHUNK_BYTES && pool->spare) {
		chunk = pool->spare;
		pool->spare = chunk->next_free;
		pool->spare_count--;
	} else {
		chunk = malloc(sizeof(*chunk) + cap);
		if (!chunk)
			return NULL;
		chunk->cap_bytes = (uint32_t)cap;
	}
	chunk->next_free = NULL;
	chunk->start = chunk->end = 0;
	pool->borrowed++;
	return chunk;
}

void chunk_return(struct chunk_pool *pool, struct chunk *chunk)
{
	if (!chunk)
		return;
	ensure(pool->borrowed > 0);
	pool->borrowed--;
	if (chunk->cap_bytes == CHUNK_BYTES && pool->spare_count < SPARE_MAX) {
		chunk->next_free = pool->spare;
		pool->spare = chunk;
		pool->spare_count++;
	} else {
		free(chunk);
	}
}

bool chunk_enlarge(struct chunk_pool *pool, struct chunk **chunk)
{
	struct chunk *large = chunk_borrow(pool, CHUNK_LARGE_BYTES);
	uint32_t len = chunk_len(*chunk);

	if (!large)
		return false;
	if (len)
		memcpy(large->data, (*chunk)->data + (*chunk)->start, len);
	large->end = len;
	chunk_return(pool, *chunk);
	*chunk = large;
	return true;
}
