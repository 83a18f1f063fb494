/*
 * upstream_head.c: reads the head of the upstream's answer and decides: tunnel, forward, or an error of ours.
 * The upstream is rented and not trusted. An upstream's 407 never reaches the client: it would send its own
 * password.
 */
#include <errno.h>

#include "relay-node/conn.h"
#include "relay-node/head_response.h"
#include "relay-node/head_rewrite.h"
#include "relay-node/stages/stages.h"
#include "relay-node/worker.h"

enum { COALESCE_BYTES_MAX = 65536 }; /* head and first body bytes that go out with one write */

static void refuse_bad_answer(struct conn *c, enum http_verdict verdict)
{
	const struct http_verdict_info *info = http_verdict_info(verdict);
	struct err err = {0};

	err_set(&err, ERR_PROTOCOL, "%s", info->name);
	counter_bump(&c->worker->counters.verdicts[verdict], 1);
	conn_close_with(c,
		&(struct answer){
			.reason = CLOSE_UPSTREAM_BAD_ANSWER,
			.status = 502,
			.proxy_error = info->proxy_error,
			.text = slice_from_str(info->text),
		},
		&err);
}

static void skip_head(struct conn *c, const struct http_response_head *head)
{
	c->down.chunk->start += (uint32_t)head->head_bytes;
	c->upstream_scan = (struct http_head_scan){0};
}

static bool is_gateway_error(unsigned status)
{
	return status >= 502 && status <= 504;
}

/* CONNECT was refused. A gateway error while the upstream is being replaced is the old upstream's dying,
 * which the client need not see. */
static void connect_refused(struct conn *c, unsigned status)
{
	const struct served_route *newest = c->entry->served;
	bool replaced = newest->route->rotating || !served_route_same_upstream(c->served, newest);

	if (status == 407) {
		conn_close_with(
			c, &(struct answer){.reason = CLOSE_UPSTREAM_AUTH, .received_status = status}, NULL);
	} else if (is_gateway_error(status) && replaced) {
		stage_redial_failed(c, CLOSE_UPSTREAM_REFUSED, 0);
	} else {
		conn_close_with(c,
			&(struct answer){
				.reason = CLOSE_UPSTREAM_REFUSED,
				.status = status >= 400 && status <= 599 ? status : 502,
				.received_status = status,
			},
			NULL);
	}
}

/* The head, and what came of the body with it, in one write. False: closed. */
static bool send_response(
	struct conn *c, const struct http_response_head *head, enum head_connection connection)
{
	struct buf *out = &c->worker->scratch;
	size_t consumed = 0;

	buf_clear(out);
	head_rewrite_response(out, head, connection);
	skip_head(c, head);
	if (head->status >= 200 && out->len + chunk_len(c->down.chunk) <= COALESCE_BYTES_MAX) {
		enum body_progress progress =
			body_framing_feed(&c->request.down_body, chunk_slice(c->down.chunk), &consumed);

		if (progress == BODY_BAD) {
			refuse_bad_answer(c, body_framing_fault(&c->request.down_body));
			return false;
		}
		if (progress == BODY_DONE)
			c->down.state = FLOW_DRAINING;
		buf_append(out, c->down.chunk->data + c->down.chunk->start, consumed);
		c->down.chunk->start += (uint32_t)consumed;
	}
	if (out->overflow || stream_send(&c->client, &c->worker->chunks, buf_slice(out)) != STREAM_OK) {
		conn_close(c, CLOSE_CLIENT_GONE, NULL);
		return false;
	}
	account_bytes(c, ACCOUNT_DOWN, out->len, 0);
	return true;
}

static void forward_begin(struct conn *c, const struct http_response_head *head)
{
	struct request *request = &c->request;

	/* Such a client could not find the end of a chunked body; the upstream was asked in HTTP/1.0. */
	if (request->minor_version == 0 && head->body.kind == BODY_CHUNKED) {
		refuse_bad_answer(c, HTTP_RESPONSE_BAD_CODING);
		return;
	}
	if (head->body.kind == BODY_UNTIL_CLOSE || c->worker->phase != WORKER_SERVING)
		request->persistence = HTTP_CLOSE;
	body_framing_init(&request->down_body, head->body);
	if (!send_response(c, head,
		    request->persistence == HTTP_KEEP_ALIVE ? HEAD_CONNECTION_KEEP_ALIVE
							    : HEAD_CONNECTION_CLOSE))
		return;
	account_served(c);
	conn_release_head(c);
	conn_set_state(c, CONN_FORWARD);
}

static void http_answered(struct conn *c, const struct http_response_head *head)
{
	if (head->status == 407) {
		conn_close_with(c,
			&(struct answer){.reason = CLOSE_UPSTREAM_AUTH, .received_status = head->status},
			NULL);
	} else if (is_gateway_error(head->status) && stage_redial_is_better(c)) {
		/* More likely the old upstream's last words than the website's. */
		stage_redial_failed(c, CLOSE_UPSTREAM_REFUSED, 0);
	} else if (head->status == 101) {
		if (send_response(c, head, HEAD_CONNECTION_UPGRADE))
			stage_tunnel_enter(c);
	} else if (head->status < 200) {
		/* HTTP/1.0 knows no interim answers (RFC 9110 section 15.2). */
		if (c->request.minor_version == 0)
			skip_head(c, head);
		else if (send_response(c, head, HEAD_CONNECTION_KEEP_ALIVE))
			conn_release_head(c);
	} else {
		forward_begin(c, head);
	}
}

static void connect_answered(struct conn *c, const struct http_response_head *head)
{
	if (head->status < 200) {
		skip_head(c, head);
	} else if (head->status < 300) {
		skip_head(c, head);
		if (stream_send(&c->client, &c->worker->chunks,
			    SLICE_LIT("HTTP/1.1 200 Connection established\r\n\r\n")) != STREAM_OK)
			conn_close(c, CLOSE_CLIENT_GONE, NULL);
		else
			stage_tunnel_enter(c);
	} else {
		connect_refused(c, head->status);
	}
}

/* STREAM_OK: at least one more byte is in down.chunk. Anything else was dealt with, or is AGAIN. */
static enum stream_result read_more(struct conn *c)
{
	enum stream_result result;
	size_t n;

	if (!(c->upstream.ready & STREAM_READABLE))
		return STREAM_AGAIN;
	if (!c->down.chunk)
		c->down.chunk = chunk_borrow(&c->worker->chunks, CHUNK_BYTES);
	if (!c->down.chunk ||
		(!chunk_room(c->down.chunk) && !chunk_enlarge(&c->worker->chunks, &c->down.chunk))) {
		conn_close(c, CLOSE_NO_MEMORY, NULL);
		return STREAM_FAILED;
	}
	result = stream_read(
		&c->upstream, c->down.chunk->data + c->down.chunk->end, chunk_room(c->down.chunk), &n);
	if (result == STREAM_OK)
		c->down.chunk->end += (uint32_t)n;
	else if (result == STREAM_AGAIN)
		return result;
	else if (c->down.chunk->end == 0)
		stage_redial_failed(c, CLOSE_UPSTREAM_CLOSED, result == STREAM_FAILED ? errno : 0);
	else
		refuse_bad_answer(c, HTTP_RESPONSE_BAD_LINE);
	return result;
}

static void answered(struct conn *c, const struct http_response_head *head)
{
	/* Without end they would keep the request, and while they come fast the whole worker, for ever. */
	if (head->status < 200 && head->status != 101 && c->request.interims++ >= CONN_INTERIM_MAX) {
		refuse_bad_answer(c, HTTP_RESPONSE_INTERIM_FLOOD);
		return;
	}
	histogram_observe(&c->worker->counters.answer_ms, c->worker->now_ms - c->request.step_ms);
	if (c->request.kind == REQUEST_CONNECT)
		connect_answered(c, head);
	else
		http_answered(c, head);
}

void stage_upstream_head_run(struct conn *c)
{
	const struct http_response_context context = {
		.request_method = c->request.method,
		.upgrade_sent = c->request.asks_upgrade,
		.bare_lf_taken = true,
	};
	struct http_response_head head;
	enum http_verdict verdict;

	if (c->upstream.out && stream_flush(&c->upstream, &c->worker->chunks) == STREAM_FAILED) {
		stage_redial_failed(c, CLOSE_UPSTREAM_CLOSED, errno);
		return;
	}
	if (c->request.sends_body)
		stage_forward_send_body(c);
	while (c->state == CONN_UPSTREAM_HEAD) {
		if (!chunk_len(c->down.chunk) && read_more(c) != STREAM_OK)
			break;
		verdict = http_response_head_parse(
			chunk_slice(c->down.chunk), &context, &c->upstream_scan, &head);
		if (verdict == HTTP_OK)
			answered(c, &head);
		else if (verdict != HTTP_NEED_MORE)
			refuse_bad_answer(c, verdict);
		else if (read_more(c) != STREAM_OK)
			break;
	}
	if (c->down.chunk && !chunk_len(c->down.chunk) && c->state == CONN_UPSTREAM_HEAD) {
		chunk_return(&c->worker->chunks, c->down.chunk);
		c->down.chunk = NULL;
	}
}

void stage_upstream_head_expire(struct conn *c)
{
	/* The head of an answer that began to come cannot be waited for elsewhere. */
	if (chunk_len(c->down.chunk))
		conn_close(c, CLOSE_UPSTREAM_TIMEOUT, NULL);
	else
		stage_redial_failed(c, CLOSE_UPSTREAM_TIMEOUT, ETIMEDOUT);
}
