/*
 * proxy_forward.c: one absolute-form exchange: the request goes on in origin form, bodies are streamed both
 * ways with backpressure, the target's connection is kept for the next request to the same address. See
 * proxy_conn.h.
 */
#include "tests/kiotproxy-sim/proxy_conn.h"

#include <string.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "shared/base/buf.h"

static void response_pump(struct proxy_conn *pc);

/* Moves body bytes from one side's input to the other's output, framing and all. False: framing broken. */
static bool body_move(
	struct http_body *body, struct bufferevent *from, struct bufferevent *to, size_t output_limit_bytes)
{
	struct evbuffer *in = bufferevent_get_input(from), *out = bufferevent_get_output(to);

	while (body->state != BODY_DONE && evbuffer_get_length(in) > 0 &&
		evbuffer_get_length(out) < output_limit_bytes) {
		size_t n = evbuffer_get_contiguous_space(in);
		struct slice raw = slice_of((const char *)evbuffer_pullup(in, (ev_ssize_t)n), n);
		size_t used = http_body_feed(body, raw, NULL, NULL);

		if (body->state == BODY_BAD)
			return false;
		evbuffer_add(out, raw.data, used);
		evbuffer_drain(in, used);
	}
	return true;
}

/* Both halves of the exchange are over. */
static void exchange_end(struct proxy_conn *pc)
{
	if (pc->forward.target_life == EXCHANGE_CLOSE) {
		bufferevent_free(pc->target);
		pc->target = NULL;
	}
	if (pc->forward.client_life == EXCHANGE_CLOSE)
		proxy_conn_linger(pc);
	else
		proxy_conn_listen(pc);
}

/* The target broke off: an error answer if the client has seen nothing yet, else the connection is cut. */
static void exchange_fail(struct proxy_conn *pc, unsigned status)
{
	if (pc->forward.response_state == RESPONSE_HEAD)
		proxy_conn_refuse(pc, status, NULL, "the target broke off or cannot be reached\n");
	else
		proxy_conn_reset(pc);
}

void proxy_forward_client_event(struct proxy_conn *pc)
{
	struct http_body *body = &pc->forward.request;

	if (!body_move(body, pc->client, pc->target, PROXY_HIGH_BYTES)) {
		proxy_conn_reset(pc);
		return;
	}
	if (body->state != BODY_DONE && pc->client_input == TUNNEL_INPUT_ENDED &&
		evbuffer_get_length(bufferevent_get_input(pc->client)) == 0) {
		proxy_conn_reset(pc); /* half a request */
		return;
	}
	if (pc->client_input == TUNNEL_INPUT_ENDED)
		pc->forward.client_life = EXCHANGE_CLOSE;
	response_pump(pc); /* the client's output may have room again */
}

static void headers_copy(const struct http_head *head, struct evbuffer *out, const char *skip)
{
	for (size_t i = 0; i < head->header_count; i++) {
		const struct http_header *h = &head->headers[i];

		if (!http_header_is_hop_by_hop(head, h) &&
			!(skip && slice_eq_icase(h->name, slice_from_str(skip))))
			evbuffer_add_printf(out, "%.*s: %.*s\r\n", SLICE_ARG(h->name), SLICE_ARG(h->value));
	}
}

/* Reads the final response's head and passes it on, interim ones before it. False = wait, or over. */
static bool response_head(struct proxy_conn *pc)
{
	struct evbuffer *in = bufferevent_get_input(pc->target), *out = bufferevent_get_output(pc->client);
	struct slice bytes = slice_of((const char *)evbuffer_pullup(in, -1), evbuffer_get_length(in));
	struct http_head head;
	enum http_parse parsed = http_head_parse_response(bytes, &head);

	if (parsed == HTTP_NEED_MORE)
		return false;
	if (parsed == HTTP_BAD ||
		!http_head_framing(&head, slice_from_str(pc->forward.method), &pc->forward.response)) {
		exchange_fail(pc, 502);
		return false;
	}
	if (head.status < 200) {
		evbuffer_add(out, bytes.data, head.head_bytes);
		evbuffer_drain(in, head.head_bytes);
		if (head.status == 101 && pc->forward.upgrade) {
			proxy_tunnel_start(pc);
			return false;
		}
		return true;
	}
	if (pc->forward.response.kind == HTTP_BODY_UNTIL_CLOSE)
		pc->forward.client_life = EXCHANGE_CLOSE;
	if (!http_head_keeps_alive(&head))
		pc->forward.target_life = EXCHANGE_CLOSE;
	if (pc->forward.request.state != BODY_DONE)
		pc->forward.client_life = pc->forward.target_life = EXCHANGE_CLOSE; /* answered early */
	evbuffer_add_printf(out, "HTTP/1.1 %u %.*s\r\n", head.status, SLICE_ARG(head.reason));
	headers_copy(&head, out, NULL);
	evbuffer_add_printf(out, "%s\r\n",
		pc->forward.client_life == EXCHANGE_CLOSE ? "Connection: close\r\n"
		: pc->forward.minor == 0                  ? "Connection: keep-alive\r\n"
							  : "");
	evbuffer_drain(in, head.head_bytes);
	pc->forward.response_state = RESPONSE_BODY;
	return true;
}

static void response_pump(struct proxy_conn *pc)
{
	while (pc->forward.response_state == RESPONSE_HEAD)
		if (!response_head(pc))
			return;
	if (!body_move(&pc->forward.response, pc->target, pc->client, PROXY_HIGH_BYTES))
		exchange_fail(pc, 502);
	else if (pc->forward.response.state == BODY_DONE)
		exchange_end(pc);
}

static void on_target_read(struct bufferevent *bev, void *arg)
{
	struct proxy_conn *pc = arg;

	(void)bev;
	if (pc->state == PROXY_FORWARD)
		response_pump(pc);
}

/* Room towards the target: more of the request. */
static void on_target_write(struct bufferevent *bev, void *arg)
{
	struct proxy_conn *pc = arg;

	(void)bev;
	if (pc->state == PROXY_FORWARD)
		proxy_forward_client_event(pc);
}

/* At the target's EOF: the rest of its input goes on at once (the read watermark bounds it). */
static bool response_finished(struct proxy_conn *pc)
{
	struct http_body *body = &pc->forward.response;

	return pc->forward.response_state == RESPONSE_BODY &&
	       body_move(body, pc->target, pc->client, SIZE_MAX) &&
	       (body->state == BODY_DONE || body->kind == HTTP_BODY_UNTIL_CLOSE);
}

static void on_target_event(struct bufferevent *bev, short what, void *arg)
{
	struct proxy_conn *pc = arg;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED) {
		bufferevent_set_timeouts(pc->target, NULL, NULL);
	} else if (pc->state != PROXY_FORWARD) { /* an idle connection was closed */
		bufferevent_free(pc->target);
		pc->target = NULL;
	} else if ((what & BEV_EVENT_EOF) && response_finished(pc)) {
		pc->forward.target_life = EXCHANGE_CLOSE;
		exchange_end(pc);
	} else {
		exchange_fail(pc, what & BEV_EVENT_TIMEOUT ? 504 : 502);
	}
}

static bool target_reusable(const struct proxy_conn *pc, const struct sockaddr_in *addr)
{
	return pc->target && evbuffer_get_length(bufferevent_get_input(pc->target)) == 0 &&
	       pc->target_addr.sin_port == addr->sin_port &&
	       pc->target_addr.sin_addr.s_addr == addr->sin_addr.s_addr;
}

void proxy_forward_start(struct proxy_conn *pc, const struct http_head *head, struct slice authority,
	struct slice rest, const struct sockaddr_in *addr)
{
	const struct http_header *upgrade = http_head_find(head, "Upgrade");
	struct evbuffer *out;

	if (!http_head_framing(head, SLICE_NONE, &pc->forward.request) ||
		!slice_copy(head->method, pc->forward.method, sizeof(pc->forward.method))) {
		proxy_conn_refuse(pc, 400, NULL, "the body's framing or the method is broken\n");
		return;
	}
	if (!target_reusable(pc, addr)) {
		if (pc->target)
			bufferevent_free(pc->target);
		pc->target = NULL;
		if (!proxy_dial(pc, addr, on_target_read, on_target_write, on_target_event)) {
			proxy_conn_refuse(pc, 502, NULL, "the target cannot be reached\n");
			return;
		}
	}
	pc->state = PROXY_FORWARD;
	pc->forward.response_state = RESPONSE_HEAD;
	pc->forward.client_life = http_head_keeps_alive(head) ? EXCHANGE_KEEP : EXCHANGE_CLOSE;
	pc->forward.target_life = head->minor == 1 ? EXCHANGE_KEEP : EXCHANGE_CLOSE;
	pc->forward.minor = head->minor;
	pc->forward.upgrade = upgrade && http_head_has_token(head, "Connection", SLICE_LIT("upgrade"));
	out = bufferevent_get_output(pc->target);
	evbuffer_add_printf(out, "%.*s %.*s HTTP/1.%u\r\nHost: %.*s\r\n", SLICE_ARG(head->method),
		SLICE_ARG(rest), head->minor, SLICE_ARG(authority));
	headers_copy(head, out, "Host");
	if (pc->forward.upgrade)
		evbuffer_add_printf(
			out, "Connection: Upgrade\r\nUpgrade: %.*s\r\n", SLICE_ARG(upgrade->value));
	evbuffer_add_printf(out, "\r\n");
	evbuffer_drain(bufferevent_get_input(pc->client), head->head_bytes);
	proxy_forward_client_event(pc);
}
