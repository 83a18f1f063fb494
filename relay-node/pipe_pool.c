/* pipe_pool.c: see pipe_pool.h. */
#include "relay-node/pipe_pool.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "shared/base/ensure.h"

enum { SPARE_MAX = 64 };

static void pipe_free(struct pipe_pair *pipe)
{
	close(pipe->read_fd);
	close(pipe->write_fd);
	free(pipe);
}

void pipe_pool_init(struct pipe_pool *pool)
{
	*pool = (struct pipe_pool){0};
}

void pipe_pool_done(struct pipe_pool *pool)
{
	ensure(pool->borrowed == 0);
	while (pool->spare) {
		struct pipe_pair *pipe = pool->spare;

		pool->spare = pipe->next_free;
		pipe_free(pipe);
	}
	pool->spare_count = 0;
}

struct pipe_pair *pipe_borrow(struct pipe_pool *pool)
{
	struct pipe_pair *pipe = pool->spare;
	int fds[2];

	if (pipe) {
		pool->spare = pipe->next_free;
		pool->spare_count--;
	} else {
		pipe = malloc(sizeof(*pipe));
		if (!pipe)
			return NULL;
		if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) < 0) {
			free(pipe);
			return NULL;
		}
		*pipe = (struct pipe_pair){.read_fd = fds[0], .write_fd = fds[1]};
	}
	pipe->next_free = NULL;
	pool->borrowed++;
	return pipe;
}

void pipe_return(struct pipe_pool *pool, struct pipe_pair *pipe)
{
	if (!pipe)
		return;
	ensure(pool->borrowed > 0);
	pool->borrowed--;
	if (pipe->held_bytes || pool->spare_count >= SPARE_MAX) {
		pipe_free(pipe);
		return;
	}
	pipe->next_free = pool->spare;
	pool->spare = pipe;
	pool->spare_count++;
}
