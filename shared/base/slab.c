/* slab.c: see slab.h. Under AddressSanitizer every object is its own malloc, so that use after free is seen.
 */
#include "shared/base/slab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/ensure.h"

#if defined(__SANITIZE_ADDRESS__)
#define SLAB_DEBUG 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLAB_DEBUG 1
#endif
#endif
#ifndef SLAB_DEBUG
#define SLAB_DEBUG 0
#endif

struct slab_item {
	struct slab_item *next;
};

struct slab_chunk {
	struct slab_chunk *next;
	max_align_t objects[];
};

void slab_init(struct slab *slab, size_t object_bytes, size_t chunk_objects)
{
	const size_t align = sizeof(max_align_t);

	ensure(object_bytes > 0 && chunk_objects > 0);
	*slab = (struct slab){
		.object_bytes = (object_bytes + align - 1) / align * align, .chunk_objects = chunk_objects};
}

void slab_done(struct slab *slab)
{
	if (!slab)
		return;
	ensure(slab->live == 0);
	while (slab->chunks) {
		struct slab_chunk *chunk = slab->chunks;
		slab->chunks = chunk->next;
		free(chunk);
	}
	slab->free_items = NULL;
}

static bool add_chunk(struct slab *slab)
{
	struct slab_chunk *chunk = malloc(sizeof(*chunk) + slab->object_bytes * slab->chunk_objects);

	if (!chunk)
		return false;
	chunk->next = slab->chunks;
	slab->chunks = chunk;
	for (size_t i = 0; i < slab->chunk_objects; i++) {
		struct slab_item *item =
			(struct slab_item *)(void *)((char *)chunk->objects + i * slab->object_bytes);
		item->next = slab->free_items;
		slab->free_items = item;
	}
	return true;
}

void *slab_get(struct slab *slab)
{
	void *object;

	if (SLAB_DEBUG) {
		object = calloc(1, slab->object_bytes);
	} else {
		if (!slab->free_items && !add_chunk(slab))
			return NULL;
		ensure(slab->free_items);
		object = slab->free_items;
		slab->free_items = slab->free_items->next;
		memset(object, 0, slab->object_bytes);
	}
	if (object)
		slab->live++;
	return object;
}

void slab_put(struct slab *slab, void *object)
{
	if (!object)
		return;
	ensure(slab->live > 0);
	slab->live--;
	if (SLAB_DEBUG) {
		free(object);
		return;
	}
	struct slab_item *item = object;
	item->next = slab->free_items;
	slab->free_items = item;
}
