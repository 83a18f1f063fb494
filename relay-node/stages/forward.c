/* forward.c: the bodies of an HTTP exchange, streamed both ways, checked against their framing
 * (body_framing.h) so that the next request begins where this one really ended. */
#include "relay-node/conn.h"
#include "relay-node/stages/stages.h"
#include "relay-node/worker.h"

static enum flow_result move_up(struct conn *c)
{
	struct flow_move move = {
		.from = &c->client,
		.to = &c->upstream,
		.body = &c->request.up_body,
		.chunks = &c->worker->chunks,
		.pipes = &c->worker->pipes,
		.budget_bytes = CONN_BUDGET_BYTES,
	};
	enum flow_result result = flow_run(&c->up, &move);

	account_bytes(c, ACCOUNT_UP, move.moved_bytes, move.spliced_bytes);
	return result;
}

static enum flow_result move_down(struct conn *c)
{
	struct flow_move move = {
		.from = &c->upstream,
		.to = &c->client,
		.body = &c->request.down_body,
		.chunks = &c->worker->chunks,
		.pipes = &c->worker->pipes,
		.budget_bytes = CONN_BUDGET_BYTES,
	};
	enum flow_result result = flow_run(&c->down, &move);

	account_bytes(c, ACCOUNT_DOWN, move.moved_bytes, move.spliced_bytes);
	return result;
}

static void refuse_body(struct conn *c)
{
	const struct http_verdict_info *info = http_verdict_info(body_framing_fault(&c->request.up_body));

	counter_bump(&c->worker->counters.verdicts[body_framing_fault(&c->request.up_body)], 1);
	conn_close_with(c,
		&(struct answer){
			.reason = CLOSE_BODY_REFUSED,
			.status = info->status,
			.text = slice_from_str(info->text),
		},
		NULL);
}

void stage_forward_send_body(struct conn *c)
{
	if (c->up.state == FLOW_SHUT)
		return;
	switch (move_up(c)) {
	case FLOW_WAITS:
	case FLOW_ENDED: break;
	case FLOW_AGAIN: conn_run_again(c); break;
	case FLOW_FROM_FAILED: conn_close(c, CLOSE_CLIENT_GONE, NULL); break;
	case FLOW_BAD_BODY: refuse_body(c); break;
	case FLOW_NO_MEMORY: conn_close(c, CLOSE_NO_MEMORY, NULL); break;
	case FLOW_TO_FAILED:
		/* The upstream stopped reading, perhaps because it has answered: read on, then close. */
		flow_done(&c->up, &c->worker->chunks, &c->worker->pipes);
		c->request.persistence = HTTP_CLOSE;
		break;
	}
}

static void exchange_done(struct conn *c)
{
	/* An answer before the end of the request: what still comes of it has nowhere to go. */
	if (c->request.persistence == HTTP_KEEP_ALIVE && c->up.state == FLOW_SHUT)
		stage_idle_enter(c);
	else
		conn_close(c, CLOSE_DONE, NULL);
}

void stage_forward_run(struct conn *c)
{
	stage_forward_send_body(c);
	if (c->state != CONN_FORWARD)
		return;
	switch (move_down(c)) {
	case FLOW_WAITS:
		/* Nothing may ever be read from or written to a client that was reset while the upstream is
		 * silent: the one edge that says so is this. */
		if (c->client.ready & STREAM_BROKEN)
			conn_close(c, CLOSE_CLIENT_GONE, NULL);
		break;
	case FLOW_AGAIN: conn_run_again(c); break;
	case FLOW_ENDED: exchange_done(c); break;
	case FLOW_TO_FAILED: conn_close(c, CLOSE_CLIENT_GONE, NULL); break;
	case FLOW_NO_MEMORY: conn_close(c, CLOSE_NO_MEMORY, NULL); break;
	/* Cutting the client off is the only way left to say so. */
	case FLOW_FROM_FAILED:
	case FLOW_BAD_BODY: conn_close(c, CLOSE_RESPONSE_BROKEN, NULL); break;
	}
}

void stage_forward_expire(struct conn *c)
{
	conn_close(c, CLOSE_IDLE, NULL);
}
