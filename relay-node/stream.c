/* stream.c: see stream.h. Plain TCP. */
#include "relay-node/stream.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

void stream_init(struct stream *stream, void (*on_event)(struct io *, uint32_t))
{
	*stream = (struct stream){.io = {.fd = -1, .on_event = on_event}};
}

void stream_close(struct stream *stream, struct chunk_pool *chunks)
{
	if (stream->io.fd >= 0)
		close(stream->io.fd); /* leaves the epoll set by itself: the descriptor was never duplicated
				       */
	stream->io.fd = -1;
	stream->ready = 0;
	chunk_return(chunks, stream->out);
	stream->out = NULL;
}

void stream_note(struct stream *stream, uint32_t epoll_events)
{
	if (epoll_events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		stream->ready |= STREAM_READABLE;
	if (epoll_events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
		stream->ready |= STREAM_WRITABLE;
	if (epoll_events & EPOLLRDHUP)
		stream->ready |= STREAM_PEER_SHUT;
	if (epoll_events & (EPOLLHUP | EPOLLERR))
		stream->ready |= STREAM_BROKEN;
}

enum stream_result stream_read(struct stream *stream, char *dst, size_t cap, size_t *ret_n)
{
	ssize_t n;

	*ret_n = 0;
	if (!(stream->ready & STREAM_READABLE))
		return STREAM_AGAIN;
	do {
		n = recv(stream->io.fd, dst, cap, 0);
	} while (n < 0 && errno == EINTR);
	if (n > 0) {
		*ret_n = (size_t)n;
		if ((size_t)n < cap && !(stream->ready & (STREAM_PEER_SHUT | STREAM_BROKEN)))
			stream->ready &= ~(unsigned)STREAM_READABLE;
		return STREAM_OK;
	}
	stream->ready &= ~(unsigned)STREAM_READABLE;
	if (n == 0)
		return STREAM_EOF;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return STREAM_AGAIN;
	return STREAM_FAILED;
}

enum stream_result stream_write(struct stream *stream, const char *src, size_t len, size_t *ret_n)
{
	ssize_t n;

	*ret_n = 0;
	if (!(stream->ready & STREAM_WRITABLE))
		return STREAM_AGAIN;
	do {
		n = send(stream->io.fd, src, len, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n >= 0) {
		*ret_n = (size_t)n;
		/* A partial write means a full socket buffer: the kernel owes us an edge. */
		if ((size_t)n < len)
			stream->ready &= ~(unsigned)STREAM_WRITABLE;
		return STREAM_OK;
	}
	if (errno == EAGAIN || errno == EWOULDBLOCK) {
		stream->ready &= ~(unsigned)STREAM_WRITABLE;
		return STREAM_AGAIN;
	}
	return STREAM_FAILED;
}

/* Keeps `bytes` behind what waits. */
static enum stream_result keep(struct stream *stream, struct chunk_pool *chunks, struct slice bytes)
{
	if (!stream->out) {
		stream->out =
			chunk_borrow(chunks, bytes.len <= CHUNK_LARGE_BYTES ? bytes.len : CHUNK_LARGE_BYTES);
		if (!stream->out)
			goto full;
	}
	if (chunk_room(stream->out) < bytes.len && !chunk_enlarge(chunks, &stream->out))
		goto full;
	if (chunk_room(stream->out) < bytes.len)
		goto full;
	memcpy(stream->out->data + stream->out->end, bytes.data, bytes.len);
	stream->out->end += (uint32_t)bytes.len;
	return STREAM_OK;
full:
	errno = ENOBUFS;
	return STREAM_FAILED;
}

enum stream_result stream_send(struct stream *stream, struct chunk_pool *chunks, struct slice bytes)
{
	size_t n = 0;

	if (!stream->out && stream_write(stream, bytes.data, bytes.len, &n) == STREAM_FAILED)
		return STREAM_FAILED;
	if (n == bytes.len)
		return STREAM_OK;
	return keep(stream, chunks, slice_from(bytes, n));
}

enum stream_result stream_flush(struct stream *stream, struct chunk_pool *chunks)
{
	while (stream->out) {
		size_t n;
		enum stream_result result = stream_write(
			stream, stream->out->data + stream->out->start, chunk_len(stream->out), &n);

		if (result != STREAM_OK)
			return result;
		stream->out->start += (uint32_t)n;
		if (chunk_len(stream->out) == 0) {
			chunk_return(chunks, stream->out);
			stream->out = NULL;
		}
	}
	return STREAM_OK;
}

void stream_shutdown_write(struct stream *stream)
{
	if (stream->io.fd >= 0)
		(void)shutdown(stream->io.fd, SHUT_WR);
}
