/*
 * flow.c: see flow.h. One loop for tunnels and bodies: write what is held, then get more.
 *
 * A read that fills a whole 16 KiB chunk means bulk: splice from then on. A splice of less means that the
 * bulk is over: copy, because a short recv() needs no second call to learn that the socket is empty.
 */
#include "relay-node/flow.h"

#include "relay-node/tunnel_splice.h"
#include "shared/base/ensure.h"

static enum flow_result from_result(enum stream_result result, enum flow_result failed)
{
	return result == STREAM_AGAIN ? FLOW_WAITS : failed;
}

/* Writes what is held. FLOW_ENDED: nothing is held any more. */
static enum flow_result drain(struct flow *flow, struct flow_move *move)
{
	enum stream_result result = stream_flush(move->to, move->chunks);
	size_t n;

	if (result != STREAM_OK)
		return from_result(result, FLOW_TO_FAILED);
	while (flow->pipe) {
		result = splice_drain(flow->pipe, move->to, &n);
		if (result != STREAM_OK)
			return from_result(result, FLOW_TO_FAILED);
		move->moved_bytes += n;
		move->spliced_bytes += n;
		if (!flow->pipe->held_bytes) {
			pipe_return(move->pipes, flow->pipe);
			flow->pipe = NULL;
		}
	}
	while (flow->passed) {
		result = stream_write(move->to, flow->chunk->data + flow->chunk->start, flow->passed, &n);
		if (result != STREAM_OK)
			return from_result(result, FLOW_TO_FAILED);
		move->moved_bytes += n;
		flow->chunk->start += (uint32_t)n;
		flow->passed -= (uint32_t)n;
	}
	return FLOW_ENDED;
}

/* Says which of the bytes held may pass. False: malformed. */
static bool judge(struct flow *flow, struct flow_move *move)
{
	size_t consumed;

	if (!move->body) {
		flow->passed = chunk_len(flow->chunk);
		return true;
	}
	switch (body_framing_feed(move->body, chunk_slice(flow->chunk), &consumed)) {
	case BODY_BAD: return false;
	case BODY_DONE: flow->state = FLOW_DRAINING; break;
	case BODY_NEED_MORE: break;
	}
	flow->passed = (uint32_t)consumed;
	return true;
}

static enum flow_result at_eof(struct flow *flow, struct flow_move *move)
{
	if (move->body && body_framing_eof(move->body) != BODY_DONE)
		return FLOW_BAD_BODY;
	flow->state = FLOW_DRAINING;
	return FLOW_ENDED;
}

/* FLOW_ENDED: bytes came, or the end did. */
static enum flow_result fill_by_splice(struct flow *flow, struct flow_move *move, size_t max)
{
	enum stream_result result;
	size_t n;

	flow->pipe = pipe_borrow(move->pipes);
	if (!flow->pipe) {
		flow->mode = FLOW_COPY; /* out of descriptors: copying needs none */
		return FLOW_ENDED;
	}
	result = splice_fill(flow->pipe, move->from, max, &n);
	if (result != STREAM_OK) {
		pipe_return(move->pipes, flow->pipe);
		flow->pipe = NULL;
		flow->mode = FLOW_COPY;
		return result == STREAM_EOF ? at_eof(flow, move) : from_result(result, FLOW_FROM_FAILED);
	}
	if (move->body)
		body_framing_skip(move->body, n);
	if (n < CHUNK_BYTES)
		flow->mode = FLOW_COPY;
	move->budget_bytes -= n < move->budget_bytes ? n : move->budget_bytes;
	return FLOW_ENDED;
}

static enum flow_result fill_by_copy(struct flow *flow, struct flow_move *move)
{
	enum stream_result result;
	size_t n;

	if (!(move->from->ready & STREAM_READABLE))
		return FLOW_WAITS;
	if (!flow->chunk)
		flow->chunk = chunk_borrow(move->chunks, CHUNK_BYTES);
	if (!flow->chunk)
		return FLOW_NO_MEMORY;
	ensure(chunk_len(flow->chunk) == 0);
	flow->chunk->start = flow->chunk->end = 0;
	result = stream_read(move->from, flow->chunk->data, CHUNK_BYTES, &n);
	if (result == STREAM_EOF)
		return at_eof(flow, move);
	if (result != STREAM_OK)
		return from_result(result, FLOW_FROM_FAILED);
	flow->chunk->end = (uint32_t)n;
	if (n == CHUNK_BYTES)
		flow->mode = FLOW_SPLICE;
	move->budget_bytes -= n < move->budget_bytes ? n : move->budget_bytes;
	return FLOW_ENDED;
}

static enum flow_result fill(struct flow *flow, struct flow_move *move)
{
	uint64_t room = move->body ? body_framing_payload_left(move->body) : PIPE_BYTES;

	if (flow->mode == FLOW_SPLICE && room >= CHUNK_BYTES)
		return fill_by_splice(flow, move, room < PIPE_BYTES ? (size_t)room : PIPE_BYTES);
	return fill_by_copy(flow, move);
}

static enum flow_result run(struct flow *flow, struct flow_move *move)
{
	enum flow_result result;

	for (;;) {
		result = drain(flow, move);
		if (result != FLOW_ENDED)
			return result;
		if (flow->state == FLOW_OPEN && move->body && !chunk_len(flow->chunk) && !judge(flow, move))
			return FLOW_BAD_BODY;
		if (flow->state == FLOW_DRAINING)
			flow->state = FLOW_SHUT;
		if (flow->state == FLOW_SHUT)
			return FLOW_ENDED;
		if (chunk_len(flow->chunk)) {
			if (!judge(flow, move))
				return FLOW_BAD_BODY;
			continue;
		}
		if (!move->budget_bytes)
			return FLOW_AGAIN;
		result = fill(flow, move);
		if (result != FLOW_ENDED)
			return result;
	}
}

enum flow_result flow_run(struct flow *flow, struct flow_move *move)
{
	enum flow_result result = run(flow, move);

	if (flow->chunk && !chunk_len(flow->chunk)) {
		chunk_return(move->chunks, flow->chunk);
		flow->chunk = NULL;
	}
	return result;
}

void flow_reopen(struct flow *flow)
{
	flow->state = FLOW_OPEN;
	flow->mode = FLOW_COPY;
	ensure(!flow->passed && !flow->pipe);
}

void flow_done(struct flow *flow, struct chunk_pool *chunks, struct pipe_pool *pipes)
{
	chunk_return(chunks, flow->chunk);
	pipe_return(pipes, flow->pipe);
	*flow = (struct flow){.state = FLOW_SHUT};
}
