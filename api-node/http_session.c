/*
 * http_session.c: see http_session.h. With http_head.c and ws_session.c the only place that speaks HTTP with
 * libwebsockets.
 *
 *	LWS_CALLBACK_HTTP            → take_head → refuse | collect the body | router_dispatch
 *	                               a large body: router_admit_large first, the client waits unread
 *	LWS_CALLBACK_HTTP_BODY       → take_body
 *	…BODY_COMPLETION             → router_dispatch
 *	http_session_reply()         → on the `ready` list
 *	end of the turn              → write_reply; what does not fit goes on in
 *	LWS_CALLBACK_HTTP_WRITEABLE  → write_reply
 *	LWS_CALLBACK_CLOSED_HTTP     → the client has left: the request lives on without a session
 *
 * libwebsockets 4.1 as a server is lenient where RFC 9112 is not (http_head.c refuses), and:
 * - It cuts a waiting request after 5 s: its timeout is switched off, the request's own deadlines rule.
 * - It never completes the body of a POST or PUT without Content-Length: answered as an empty one, with
 *   Connection: close.
 * - What a client sends while its request waits would be parsed into the finished head, and the first request
 *   told a second time. So a waiting connection is not read (flow control), and because a connection that is
 *   not read is not told that it is writable either, a reply is first written without being asked.
 * - A header whose name is the beginning of one that it knows ("x:", "con:") swallows the line behind it: a
 *   Content-Length too, and the body would be taken for the next request. On a connection of one client that
 * is his own affair; on one that a trusted proxy shares among many, what has no length ends the connection.
 * - A body that it has stashed behind an earlier request makes it loop forever: such a request is not taken,
 *   its connection is closed, and the client sends it again on a new one (RFC 9112 9.3.2).
 *
 * Longer than 400 lines because one connection's states are shared by all that libwebsockets calls back for
 * it; what needs none of them has gone to http_head.c and http_answer.c.
 */
#include "api-node/http_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libwebsockets.h>

#include "api-node/api.h"
#include "api-node/http_answer.h"
#include "api-node/http_head.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "api-node/router.h"
#include "api-node/sessions.h"
#include "api-node/ws_session.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/loop/loop.h"

enum {
	WRITE_CHUNK_BYTES = 128 * 1024, /* a page of a list goes in one: fewer packets and wake-ups */
	WRITE_CHUNKS_A_TURN = 2,        /* a large list must not hold up the others */
	CLOSE_TIMEOUT_S = 5,
	LINGER_MAX_BYTES = 4 * 1024 * 1024, /* of a refused body are read away, so that the answer is seen */
	UNADMITTED_MAX_BYTES =
		32 * 1024, /* of a large body that came with its head, before we know the caller */
};

/* What confirm_upgrade makes of "websocket". */
#define UPGRADE_REFUSED "-ebsocket"

struct http_sessions {
	struct api *api;         /* borrowed */
	struct list open;        /* sessions with a request or a WebSocket */
	struct list ready;       /* sessions whose reply is to be written */
	struct loop_timer *turn; /* owned: the end of this loop turn */
	enum { SERVING, DRAINING } state;
	unsigned char *piece; /* owned; what is written next: behind LWS_PRE a head, a piece of a body */
};

enum session_state {
	SESSION_IDLE,
	SESSION_ADMITTING, /* a large body comes: may its sender send it? */
	SESSION_BODY,
	SESSION_WAITING,
	SESSION_WRITING,
	SESSION_LINGERING,
	SESSION_CLOSING
};

/* libwebsockets owns it: it is zeroed memory at each connection's start and after each reply. */
struct http_session {
	struct http_sessions *sessions; /* borrowed */
	struct lws *wsi;
	struct list open, ready; /* of `sessions`; zeroed: on none */
	struct ws_session *ws;   /* owned; after an upgrade the rest rests */
	struct request *req;     /* freed here or, after the client has left, by its reply */
	enum session_state state;
	struct http_framing framing;
	size_t body_read, body_written;
	enum { BODY_COMING, BODY_COMPLETE } body; /* COMPLETE: all of it came while admitting */
	enum { KEEP_OPEN, CLOSE_AFTER } persistence;
	enum { FROM_THE_WIRE, STASHED } origin; /* STASHED: it came together with the request before it */
};

static void unlink_node(struct list *node)
{
	if (node->next)
		list_remove(node);
}

static void enter(struct http_session *session, struct lws *wsi)
{
	session->sessions = lws_get_protocol(wsi)->user;
	session->wsi = wsi;
	unlink_node(&session->open);
	list_append(&session->sessions->open, &session->open);
	list_init(&session->ready);
}

/* --- reading --- */

static void wait_for_reply(struct http_session *session)
{
	session->state = SESSION_WAITING;
	lws_rx_flow_control(session->wsi, 0);
	lws_set_timeout(session->wsi, NO_PENDING_TIMEOUT, 0);
}

/* Refuses before the body was read: the connection cannot be used again. */
static void refuse(struct http_session *session, unsigned status, const char *message_id, const char *why)
{
	session->persistence = CLOSE_AFTER;
	wait_for_reply(session);
	reply_problem(session->req, status, message_id, NULL, why);
}

static void dispatch(struct http_session *session)
{
	wait_for_reply(session);
	router_dispatch(session->req);
}

static int send_continue(struct lws *wsi)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
	unsigned char buf[LWS_PRE + sizeof(text)];

	memcpy(buf + LWS_PRE, text, sizeof(text));
	return lws_write(wsi, buf + LWS_PRE, sizeof(text) - 1, LWS_WRITE_HTTP_HEADERS) < 0 ? -1 : 0;
}

/* Why this upgrade to a WebSocket is not made; 0: it may be. */
static unsigned upgrade_refusal(struct http_sessions *sessions, struct lws *wsi)
{
	return sessions->state == DRAINING ? 503 : ws_session_refusal(sessions->api, wsi);
}

/* Without Origin the cookie counts for nothing: a program sends a token. */
static void refuse_stranger(struct http_session *session)
{
	struct request *req = session->req;

	if (!req->headers[HEADER_ORIGIN].data)
		req->headers[HEADER_COOKIE] = SLICE_NONE;
	session->persistence = CLOSE_AFTER;
	wait_for_reply(session);
	sessions_refuse(req);
}

/* True when this is a refused upgrade (confirm_upgrade), and the refusal was sent. */
static bool refuse_upgrade(struct http_session *session)
{
	char text[16];

	if (lws_hdr_copy(session->wsi, text, sizeof(text), WSI_TOKEN_UPGRADE) <= 0 ||
		!slice_eq_icase(slice_from_str(text), SLICE_LIT(UPGRADE_REFUSED)))
		return false;
	switch (upgrade_refusal(session->sessions, session->wsi)) {
	case 401: refuse_stranger(session); break;
	case 403:
		log_notice("WebSocket refused: its Origin is not ours",
			log_slice("origin", session->req->headers[HEADER_ORIGIN]));
		refuse(session, 403, "err.cross_site",
			"This page may not open a WebSocket here: its Origin is not ours.");
		break;
	case 503: refuse(session, 503, "err.busy", "This node is about to stop; connect again."); break;
	default: refuse(session, 404, "err.not_found", "There is no WebSocket at this address."); break;
	}
	return true;
}

static int collect_body(struct http_session *session)
{
	session->req->body.limit_bytes = session->req->route->body_limit_bytes;
	session->state = SESSION_BODY;
	return session->framing.expect == WAIT_FOR_100 ? send_continue(session->wsi) : 0;
}

/* The sender of a large body may send it; a refusal would have been a reply. */
static void on_admitted(struct request *req)
{
	struct http_session *session = req->session;

	if (!session) {
		request_free(req); /* the client has left, and with it the body */
		return;
	}
	lws_rx_flow_control(session->wsi, 1);
	if (session->body == BODY_COMPLETE) {
		dispatch(session);
		return;
	}
	lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT, API_WRITE_TIMEOUT_S);
	if (collect_body(session) != 0)
		lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT, LWS_TO_KILL_ASYNC);
}

static void refuse_large(struct http_session *session)
{
	char why[64];

	snprintf(why, sizeof(why), "This call takes a body of at most %zu bytes.",
		session->req->route->body_limit_bytes);
	refuse(session, 413, "err.body_too_large", why);
}

/* The head is good: collect the body, or go. */
static int take_message(struct http_session *session)
{
	struct request *req = session->req;
	const struct http_framing *framing = &session->framing;
	char allow[64];

	if (framing->body_bytes == 0) {
		/* POST, PUT, and PATCH, which is none of our methods; and a length that may have been
		 * swallowed. */
		if (framing->length == LENGTH_MISSING &&
			(req->way == CAME_THROUGH_PROXY ||
				(req->method != METHOD_GET && req->method != METHOD_DELETE)))
			session->persistence = CLOSE_AFTER;
		dispatch(session);
		return 0;
	}
	if (!router_find(req, allow, sizeof(allow))) {
		session->persistence = CLOSE_AFTER;
		dispatch(session);
		return 0;
	}
	if (req->route->body == BODY_NONE) {
		refuse(session, 400, "err.bad_request", "This call takes no body.");
		return 0;
	}
	if (framing->body_bytes > req->route->body_limit_bytes) {
		refuse_large(session);
		return 0;
	}
	if (framing->body_bytes <= API_BODY_MAX_BYTES)
		return collect_body(session);
	/* Before that much is held for somebody, he is known and may do this. A refusal leaves the body
	 * unread. */
	req->body.limit_bytes = UNADMITTED_MAX_BYTES;
	session->persistence =
		CLOSE_AFTER; /* such a call is rare: it may always have a connection of its own */
	wait_for_reply(session);
	session->state = SESSION_ADMITTING;
	router_admit_large(req, on_admitted);
	return 0;
}

static int take_head(struct http_session *session, struct lws *wsi, struct slice path)
{
	if (session->state != SESSION_IDLE) {
		/* Bytes behind a request whose long reply is being written were swallowed by the old head:
		 * that request is answered, the next one must come on a new connection. */
		session->persistence = CLOSE_AFTER;
		return session->state >= SESSION_LINGERING ? -1 : 0;
	}
	enter(session, wsi);
	struct http_sessions *sessions = session->sessions;
	session->persistence = KEEP_OPEN;
	session->framing = http_head_framing(wsi);
	session->req = http_head_request(sessions->api, wsi, path);
	if (!session->req)
		return -1;
	session->req->session = session;
	list_append(api_requests(sessions->api), &session->req->node);
	if (session->framing.refusal != 0) {
		refuse(session, session->framing.refusal, "err.bad_request", session->framing.why);
		return 0;
	}
	return refuse_upgrade(session) ? 0 : take_message(session);
}

static int take_body(struct http_session *session, const void *data, size_t len)
{
	session->body_read += len;
	if (session->state == SESSION_LINGERING)
		return session->body_read > LINGER_MAX_BYTES ? -1 : 0;
	if (session->state != SESSION_BODY && session->state != SESSION_ADMITTING)
		return 0;
	buf_append(&session->req->body, data, len);
	return session->req->body.overflow ? -1 : 0;
}

/* --- writing --- */

static void end_request(struct http_session *session)
{
	struct request *req = session->req;

	session->req = NULL;
	session->state = SESSION_IDLE;
	session->body_read = session->body_written = 0;
	session->body = BODY_COMING;
	unlink_node(&session->open);
	unlink_node(&session->ready);
	request_free(req);
}

/* 0: on to the next request; -1: close. `session` may be gone after it. */
static int finish_reply(struct http_session *session)
{
	struct lws *wsi = session->wsi;
	bool close = session->persistence == CLOSE_AFTER;
	bool unread =
		session->framing.body_bytes > session->body_read && session->framing.expect == SEND_AT_ONCE;

	end_request(session);
	lws_rx_flow_control(wsi, 1);
	if (unread) {
		/* Closing now would reset the connection under a client that still sends: it would never
		 * read the refusal. */
		session->state = SESSION_LINGERING;
		lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, CLOSE_TIMEOUT_S);
		return 0;
	}
	if (close || lws_http_transaction_completed(wsi))
		return -1;
	session = lws_wsi_user(wsi); /* zeroed memory now */
	if (http_head_is_kept(wsi))
		session->origin = STASHED;
	return 0;
}

/* The head, where it is still to be written, and the next pieces of the body; the first goes with the head in
 * one write. 0, or -1: close. */
static int write_pieces(struct http_session *session, struct slice body, enum reply_state written)
{
	unsigned char *start = session->sessions->piece + LWS_PRE;
	size_t head = 0;

	if (written == REPLY_READY &&
		http_answer_head(session->wsi, &session->req->reply,
			session->persistence == CLOSE_AFTER ? ANSWER_THEN_CLOSE : ANSWER_THEN_NEXT, start,
			&head) != 0)
		return -1;
	for (int i = 0; i < WRITE_CHUNKS_A_TURN && (head > 0 || session->body_written < body.len); i++) {
		if (lws_partial_buffered(session->wsi))
			break;
		size_t left = body.len - session->body_written;
		size_t n = left < WRITE_CHUNK_BYTES ? left : WRITE_CHUNK_BYTES;
		if (body.data)
			memcpy(start + head, body.data + session->body_written, n);
		enum lws_write_protocol kind = head > 0 ? LWS_WRITE_HTTP_HEADERS : LWS_WRITE_HTTP;
		if (lws_write(session->wsi, start, head + n, kind) != (int)(head + n))
			return -1;
		session->body_written += n;
		head = 0;
	}
	return 0;
}

/* 0: finished, or more to write when the client can take it; -1: close. */
static int write_reply(struct http_session *session)
{
	ensure(session->req);
	struct reply *reply = &session->req->reply;
	struct slice body = session->framing.shape == HEAD_ONLY ? SLICE_NONE : reply_content(reply);
	enum reply_state written = reply->state;

	lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT, API_WRITE_TIMEOUT_S);
	if (written == REPLY_READY) {
		reply->state = REPLY_SENT;
		session->state = SESSION_WRITING;
		if (session->sessions->state == DRAINING)
			session->persistence = CLOSE_AFTER;
	}
	if (write_pieces(session, body, written) != 0)
		return -1;
	if (session->body_written == body.len && !lws_partial_buffered(session->wsi))
		return finish_reply(session);
	lws_rx_flow_control(session->wsi, 1);
	lws_callback_on_writable(session->wsi);
	return 0;
}

/* A connection is closed from its own callback only: there libwebsockets flushes and shuts it in order. */
static void close_soon(struct lws *wsi)
{
	struct http_session *session = lws_wsi_user(wsi);

	session->state = SESSION_CLOSING;
	lws_rx_flow_control(wsi, 1);
	lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, CLOSE_TIMEOUT_S);
	lws_callback_on_writable(wsi);
}

static void on_turn(void *arg)
{
	struct http_sessions *sessions = arg;
	struct list *node;

	while ((node = list_pop(&sessions->ready))) {
		struct http_session *session = list_entry(node, struct http_session, ready);
		struct lws *wsi = session->wsi;
		if (write_reply(session) != 0)
			close_soon(wsi);
	}
}

void http_session_reply(struct request *req)
{
	struct http_session *session = req->session;

	if (!session) {
		request_free(req);
		return;
	}
	api_common_headers(req);
	req->reply.state = REPLY_READY;
	list_append(&session->sessions->ready, &session->ready);
	loop_timer_start(session->sessions->api->loop, session->sessions->turn, 0);
}

/* --- life --- */

static void client_left(struct http_session *session)
{
	struct request *req = session->req;

	unlink_node(&session->open);
	unlink_node(&session->ready);
	session->req = NULL;
	if (!req)
		return;
	req->session = NULL;
	/* Unanswered requests go on: a rotation that was asked for takes place. The reply frees them. */
	if (session->state == SESSION_BODY || req->reply.state >= REPLY_READY)
		request_free(req);
}

/* `protocol` is the Upgrade header, in libwebsockets' own memory. An upgrade that we do not make is answered
 * as the plain request that it also is (RFC 9110 7.8): libwebsockets does so when the word is none it knows.
 * There may be no session yet: take_head finds the word again. */
static int confirm_upgrade(struct lws *wsi, char *protocol)
{
	if (slice_eq_icase(slice_from_str(protocol), SLICE_LIT("websocket"))) {
		if (upgrade_refusal(lws_get_protocol(wsi)->user, wsi) == 0)
			return 0;
	} else if (!slice_eq_icase(slice_from_str(protocol), SLICE_LIT("h2c"))) {
		return -1; /* libwebsockets has answered 403 */
	}
	protocol[0] = UPGRADE_REFUSED[0];
	return 0;
}

static int on_websocket(
	struct http_session *session, struct lws *wsi, enum lws_callback_reasons reason, size_t len)
{
	struct http_sessions *sessions = lws_get_protocol(wsi)->user;

	if (reason == LWS_CALLBACK_ESTABLISHED)
		enter(session, wsi);
	int result = ws_session_callback(sessions->api, wsi, reason, &session->ws, len);
	if (reason == LWS_CALLBACK_CLOSED)
		unlink_node(&session->open);
	return result;
}

static int on_http(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct http_session *session = user;

	switch (reason) {
	case LWS_CALLBACK_FILTER_HTTP_CONNECTION:
		/* The session may be zeroed once more before take_head: here is the last time to ask it. */
		return session && session->origin == STASHED && http_head_may_have_body(wsi) ? -1 : 0;
	case LWS_CALLBACK_HTTP: return take_head(session, wsi, slice_of(in, len));
	case LWS_CALLBACK_HTTP_BODY: return take_body(session, in, len);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		if (session->state == SESSION_BODY)
			dispatch(session);
		else if (session->state == SESSION_ADMITTING)
			session->body = BODY_COMPLETE;
		/* Told again while a reply is written: bytes behind the body, which would be told forever. */
		return session->state >= SESSION_WRITING ? -1 : 0;
	case LWS_CALLBACK_HTTP_WRITEABLE:
		if (session->state == SESSION_CLOSING)
			return -1;
		return session->state == SESSION_WRITING ? write_reply(session) : 0;
	case LWS_CALLBACK_CLOSED_HTTP:
		if (session) {
			client_left(session);
			ws_session_closed(&session->ws);
		}
		return 0;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: return confirm_upgrade(wsi, in);
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
	case LWS_CALLBACK_ESTABLISHED:
	case LWS_CALLBACK_SERVER_WRITEABLE:
	case LWS_CALLBACK_RECEIVE:
	case LWS_CALLBACK_CLOSED: return on_websocket(session, wsi, reason, len);
	/* CONNECT: libwebsockets would make the connection a raw one. */
	case LWS_CALLBACK_RAW_ADOPT:
	case LWS_CALLBACK_RAW_RX:
	case LWS_CALLBACK_RAW_WRITEABLE: return -1;
	default: return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

struct lws_protocols http_sessions_protocol(struct http_sessions *sessions)
{
	return (struct lws_protocols){
		.name = "http",
		.callback = on_http,
		.per_session_data_size = sizeof(struct http_session),
		.tx_packet_size = ANSWER_HEAD_BYTES + WRITE_CHUNK_BYTES, /* a write is one send(2) */
		.user = sessions,
	};
}

struct http_sessions *http_sessions_new(struct api *api)
{
	struct http_sessions *sessions = mem_zalloc(sizeof(*sessions));

	sessions->api = api;
	list_init(&sessions->open);
	list_init(&sessions->ready);
	sessions->turn = loop_timer_new(api->loop, on_turn, sessions);
	sessions->piece = mem_alloc(LWS_PRE + ANSWER_HEAD_BYTES + WRITE_CHUNK_BYTES);
	return sessions;
}

void http_sessions_free(struct http_sessions *sessions)
{
	if (!sessions)
		return;
	for (struct list *node; (node = list_pop(&sessions->open));)
		lws_set_timeout(list_entry(node, struct http_session, open)->wsi, PENDING_TIMEOUT_USER_OK,
			LWS_TO_KILL_SYNC);
	loop_timer_free(sessions->api->loop, sessions->turn);
	free(sessions->piece);
	free(sessions);
}

void http_sessions_drain(struct http_sessions *sessions)
{
	sessions->state = DRAINING;
}
