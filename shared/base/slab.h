/*
 * slab.h: fixed-size objects from chunks, kept on a free list. For what comes and goes with every connection.
 * One slab belongs to one thread. Memory is given back only by slab_done().
 */
#ifndef KP_BASE_SLAB_H
#define KP_BASE_SLAB_H

#include <stddef.h>

#include "shared/base/compiler.h"

struct slab_item;
struct slab_chunk;

struct slab {
	size_t object_bytes;
	size_t chunk_objects;
	struct slab_item *free_items; /* owned */
	struct slab_chunk *chunks;    /* owned */
	size_t live;                  /* objects handed out now */
};

void slab_init(struct slab *slab, size_t object_bytes, size_t chunk_objects);
void slab_done(struct slab *slab);            /* every object must have been put back */
void *slab_get(struct slab *slab) MUST_CHECK; /* zeroed; NULL when out of memory */
void slab_put(struct slab *slab, void *object);

#endif
