/*
 * pipe_pool.h: kernel pipes for splice(2), borrowed only while they hold bytes. One pool belongs to one
 * worker.
 */
#ifndef KP_RELAY_PIPE_POOL_H
#define KP_RELAY_PIPE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/compiler.h"

enum { PIPE_BYTES = 65536 };

struct pipe_pair {
	struct pipe_pair *next_free; /* the pool's */
	int read_fd, write_fd;       /* owned, non-blocking */
	size_t held_bytes;           /* inside the pipe now */
};

struct pipe_pool {
	struct pipe_pair *spare; /* owned */
	uint32_t spare_count;
	uint32_t borrowed;
};

void pipe_pool_init(struct pipe_pool *pool);
void pipe_pool_done(struct pipe_pool *pool); /* everything must have been returned */

/* An empty pipe, or NULL when there are no descriptors left (the caller copies then). */
struct pipe_pair *pipe_borrow(struct pipe_pool *pool) MUST_CHECK;
/* A pipe that still holds bytes is closed, not kept: they must never reach another connection. NULL allowed.
 */
void pipe_return(struct pipe_pool *pool, struct pipe_pair *pipe);

#endif
