/* tunnel_splice.c: see tunnel_splice.h. */
#include "relay-node/tunnel_splice.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/types.h>

#include "shared/base/ensure.h"

enum stream_result splice_fill(struct pipe_pair *pipe, struct stream *from, size_t max, size_t *ret_n)
{
	ssize_t n;

	*ret_n = 0;
	/* Only ever into an empty pipe: EAGAIN then means an empty socket, never a full pipe. */
	ensure(pipe->held_bytes == 0);
	if (!(from->ready & STREAM_READABLE))
		return STREAM_AGAIN;
	do {
		n = splice(from->io.fd, NULL, pipe->write_fd, NULL, max < PIPE_BYTES ? max : PIPE_BYTES,
			SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	} while (n < 0 && errno == EINTR);
	if (n > 0) {
		pipe->held_bytes = (size_t)n;
		*ret_n = (size_t)n;
		return STREAM_OK;
	}
	from->ready &= ~(unsigned)STREAM_READABLE;
	if (n == 0)
		return STREAM_EOF;
	if (errno == EAGAIN)
		return STREAM_AGAIN;
	return STREAM_FAILED;
}

enum stream_result splice_drain(struct pipe_pair *pipe, struct stream *to, size_t *ret_n)
{
	ssize_t n;

	*ret_n = 0;
	if (!(to->ready & STREAM_WRITABLE))
		return STREAM_AGAIN;
	do {
		n = splice(pipe->read_fd, NULL, to->io.fd, NULL, pipe->held_bytes,
			SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	} while (n < 0 && errno == EINTR);
	if (n > 0) {
		pipe->held_bytes -= (size_t)n;
		*ret_n = (size_t)n;
		return STREAM_OK;
	}
	/* 0 would mean an empty pipe, which `held_bytes` excludes. */
	if (n < 0 && errno == EAGAIN) {
		to->ready &= ~(unsigned)STREAM_WRITABLE;
		return STREAM_AGAIN;
	}
	return STREAM_FAILED;
}
