/*
 * flow.h: one direction of a connection: bytes from one stream to the other, as a tunnel or as the body of an
 * HTTP message. It moves them by copying, and by splice(2) (tunnel_splice.h) once they come in bulk; it holds
 * a buffer or a pipe only while bytes are in it. It closes nothing.
 */
#ifndef KP_RELAY_FLOW_H
#define KP_RELAY_FLOW_H

#include <stddef.h>
#include <stdint.h>

#include "relay-node/body_framing.h"
#include "relay-node/chunk_pool.h"
#include "relay-node/pipe_pool.h"
#include "relay-node/stream.h"

enum flow_state {
	FLOW_OPEN,     /* more bytes may come */
	FLOW_DRAINING, /* the end was seen; bytes held must still be written */
	FLOW_SHUT,     /* everything is written; passing a FIN on is the caller's */
};

enum flow_mode { FLOW_COPY, FLOW_SPLICE };

struct flow {
	enum flow_state state;
	enum flow_mode mode;
	uint32_t passed;        /* bytes at the front of `chunk` that may be written: judged, not yet sent */
	struct chunk *chunk;    /* borrowed while it holds bytes */
	struct pipe_pair *pipe; /* borrowed while it holds bytes */
};

/* What a move works with. */
struct flow_move {
	struct stream *from, *to;  /* borrowed */
	struct body_framing *body; /* borrowed; NULL: a tunnel, up to the end of file */
	struct chunk_pool *chunks;
	struct pipe_pool *pipes;
	size_t budget_bytes;    /* in: at most about this many; fairness between connections */
	uint64_t moved_bytes;   /* out: written to `to` */
	uint64_t spliced_bytes; /* out: of these by splice */
};

enum flow_result {
	FLOW_WAITS,       /* for an edge */
	FLOW_AGAIN,       /* the budget is used up: run again without an edge */
	FLOW_ENDED,       /* FLOW_SHUT was reached */
	FLOW_FROM_FAILED, /* reading failed; errno says how */
	FLOW_TO_FAILED,   /* writing failed */
	FLOW_BAD_BODY,    /* malformed, or it ended too early: body_framing_fault() says */
	FLOW_NO_MEMORY,
};

enum flow_result flow_run(struct flow *flow, struct flow_move *move);

/* Ready for the next message of the same connection: bytes behind the last one stay. */
void flow_reopen(struct flow *flow);
/* Gives back what it borrowed, bytes and all. */
void flow_done(struct flow *flow, struct chunk_pool *chunks, struct pipe_pool *pipes);

#endif
