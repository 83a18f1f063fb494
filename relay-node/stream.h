/*
 * stream.h: one TCP connection as the stages see it: edge-triggered readiness, reading, writing what fits and
 * keeping the rest in order. It knows nothing of protocols and never closes by itself.
 */
#ifndef KP_RELAY_STREAM_H
#define KP_RELAY_STREAM_H

#include <stdint.h>

#include "relay-node/chunk_pool.h"
#include "relay-node/io.h"
#include "shared/base/slice.h"

/* What the kernel told and no call has disproved yet. */
enum stream_ready {
	STREAM_READABLE = 1 << 0,
	STREAM_WRITABLE = 1 << 1,
	STREAM_PEER_SHUT = 1 << 2, /* EPOLLRDHUP: an end of file waits behind the bytes */
	STREAM_BROKEN = 1 << 3,    /* EPOLLERR or EPOLLHUP */
};

struct stream {
	struct io io;
	unsigned ready;    /* enum stream_ready */
	struct chunk *out; /* borrowed while bytes of ours wait to be written; always before anything else */
};

enum stream_result {
	STREAM_OK,
	STREAM_AGAIN, /* nothing now; an edge will come */
	STREAM_EOF,
	STREAM_FAILED, /* errno says how */
};

void stream_init(struct stream *stream, void (*on_event)(struct io *, uint32_t));
void stream_close(struct stream *stream, struct chunk_pool *chunks); /* harmless when closed */

/* Adds what an epoll event says to `ready`. */
void stream_note(struct stream *stream, uint32_t epoll_events);

/* Reads once, at most `cap` (> 0) bytes. A short read is taken as "drained": the next byte makes a new edge.
 */
enum stream_result stream_read(struct stream *stream, char *dst, size_t cap, size_t *ret_n);
/* Writes once; *ret_n may be less than `len`. Bytes in `out` must have been flushed before. */
enum stream_result stream_write(struct stream *stream, const char *src, size_t len, size_t *ret_n);

/* Writes all of `bytes` behind what waits already, keeping what does not fit in `out`. STREAM_OK or
 * STREAM_FAILED (errno ENOBUFS when it does not fit into a large chunk). */
enum stream_result stream_send(struct stream *stream, struct chunk_pool *chunks, struct slice bytes);
/* Writes `out`: STREAM_OK when nothing waits any more. */
enum stream_result stream_flush(struct stream *stream, struct chunk_pool *chunks);

/* Sends FIN. A peer that is gone already is not an error here: the next read tells. */
void stream_shutdown_write(struct stream *stream);

#endif
