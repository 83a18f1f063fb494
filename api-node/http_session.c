/*
 * http_session.c: see http_session.h. The only place that speaks HTTP with libwebsockets.
 *
 *	LWS_CALLBACK_HTTP            → take_head → refuse | collect the body | router_dispatch
 *	LWS_CALLBACK_HTTP_BODY       → take_body
 *	…BODY_COMPLETION             → router_dispatch
 *	http_session_reply()         → asks for a writable callback
 *	LWS_CALLBACK_HTTP_WRITEABLE  → write_reply
 *	LWS_CALLBACK_CLOSED_HTTP     → the client has left: the request lives on without a session
 *
 * libwebsockets 4.1 as a server is lenient where RFC 9112 is not, so take_head refuses by itself: any
 * Transfer-Encoding (411), a repeated or malformed Content-Length, a missing Host (400). It never completes
 *the body of a POST without Content-Length: that one is answered as an empty body, with Connection: close. It
 *cuts a waiting request after 5 s: its timeout is switched off, the request's own deadlines rule.
 */
#include "api-node/http_session.h"

#include <string.h>

#include <libwebsockets.h>

#include "api-node/api.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "api-node/router.h"
#include "api-node/ws_session.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"

enum {
	WRITE_CHUNK_BYTES = 32 * 1024,
	REPLY_HEAD_BYTES = 4096,
};

enum session_state { SESSION_IDLE, SESSION_BODY, SESSION_WAITING, SESSION_WRITING };

struct http_session {
	struct ws_session *ws; /* owned; after an upgrade the rest rests */
	struct lws *wsi;
	struct request
		*req; /* borrowed from itself: freed here or, after the client has left, by its reply */
	enum session_state state;
	uint64_t body_expected_bytes;
	size_t body_written;
	enum { KEEP_OPEN, CLOSE_AFTER } persistence;
};

/* How libwebsockets names a header of ours; -1: it has no token and is kept as a custom header. */
static int token_of(enum request_header header)
{
	switch (header) {
	case HEADER_AUTHORIZATION: return WSI_TOKEN_HTTP_AUTHORIZATION;
	case HEADER_COOKIE: return WSI_TOKEN_HTTP_COOKIE;
	case HEADER_CONTENT_TYPE: return WSI_TOKEN_HTTP_CONTENT_TYPE;
	case HEADER_HOST: return WSI_TOKEN_HOST;
	case HEADER_ORIGIN: return WSI_TOKEN_ORIGIN;
	case HEADER_IF_NONE_MATCH: return WSI_TOKEN_HTTP_IF_NONE_MATCH;
	case HEADER_X_FORWARDED_FOR: return WSI_TOKEN_X_FORWARDED_FOR;
	default: return -1;
	}
}

static const char *const header_names[] = {
#define X(name, text) text,
	REQUEST_HEADERS(X)
#undef X
};

/* Appends to req->text, which was reserved for the whole head: pointers into it stay valid. */
static struct slice copy_header(struct request *req, struct lws *wsi, enum request_header header)
{
	int token = token_of(header);
	int name_len = (int)strlen(header_names[header]);
	int len = token >= 0 ? lws_hdr_total_length(wsi, (enum lws_token_indexes)token)
			     : lws_hdr_custom_length(wsi, header_names[header], name_len);
	char *at = req->text.data + req->text.len;
	int copied;

	if (len <= 0 || req->text.len + (size_t)len + 1 > req->text.cap)
		return SLICE_NONE;
	if (token >= 0)
		copied = lws_hdr_copy(wsi, at, len + 1, (enum lws_token_indexes)token);
	else
		copied = lws_hdr_custom_copy(wsi, at, len + 1, header_names[header], name_len);
	if (copied < 0)
		return SLICE_NONE;
	req->text.len += (size_t)copied + 1;
	return slice_of(at, (size_t)copied);
}

/* The query's fields, each ended by a NUL: libwebsockets has split and percent-decoded them already. */
static struct slice copy_query(struct request *req, struct lws *wsi)
{
	char *start = req->text.data + req->text.len;
	int len;

	for (int i = 0; (len = lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, i)) > 0; i++) {
		if (req->text.len + (size_t)len + 1 > req->text.cap)
			break;
		len = lws_hdr_copy_fragment(
			wsi, req->text.data + req->text.len, len + 1, WSI_TOKEN_HTTP_URI_ARGS, i);
		if (len < 0)
			break;
		req->text.len += (size_t)len + 1;
	}
	return slice_of(start, (size_t)(req->text.data + req->text.len - start));
}

static enum http_method method_of(struct lws *wsi)
{
	static const struct {
		enum lws_token_indexes token;
		enum http_method method;
	} methods[] = {
		{WSI_TOKEN_GET_URI, METHOD_GET},
		{WSI_TOKEN_POST_URI, METHOD_POST},
		{WSI_TOKEN_PUT_URI, METHOD_PUT},
		{WSI_TOKEN_DELETE_URI, METHOD_DELETE},
	};

	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (lws_hdr_total_length(wsi, methods[i].token) > 0)
			return methods[i].method;
	return METHOD_OTHER;
}

static struct request *request_of_head(struct api *api, struct lws *wsi, struct slice path)
{
	struct request *req = request_new(api);
	struct sockaddr_storage sa;
	socklen_t sa_len = sizeof(sa);
	uint16_t port;

	if (!buf_reserve(&req->text, API_HEAD_MAX_BYTES)) {
		request_free(req);
		return NULL;
	}
	buf_append_slice(&req->text, path);
	buf_append_char(&req->text, '\0');
	req->path = slice_of(req->text.data, path.len);
	req->query = copy_query(req, wsi);
	for (int i = 0; i < HEADER_COUNT; i++)
		req->headers[i] = copy_header(req, wsi, (enum request_header)i);
	req->method = method_of(wsi);
	if (getpeername(lws_get_socket_fd(wsi), (struct sockaddr *)&sa, &sa_len) != 0 ||
		!ip_addr_from_sockaddr((struct sockaddr *)&sa, &req->peer, &port))
		memset(&req->peer, 0, sizeof(req->peer));
	api_request_peer(api, req);
	return req;
}

/* What is ambiguous about the message's length is refused: 0 means fine, else the status. */
static unsigned check_framing(struct lws *wsi, struct http_session *session, const char **ret_why)
{
	char text[32];
	uint64_t length;
	int len = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH);

	session->body_expected_bytes = 0;
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0) {
		*ret_why = "Send the body with a Content-Length; Transfer-Encoding is not accepted.";
		return 411;
	}
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HOST) <= 0 ||
		lws_hdr_fragment_length(wsi, WSI_TOKEN_HOST, 1) > 0) {
		*ret_why = "The request must have exactly one Host header.";
		return 400;
	}
	if (len <= 0)
		return 0;
	if (lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, 1) > 0 ||
		lws_hdr_copy(wsi, text, sizeof(text), WSI_TOKEN_HTTP_CONTENT_LENGTH) < 0 ||
		!slice_parse_u64(slice_from_str(text), &length)) {
		*ret_why = "Content-Length must be one decimal number.";
		return 400;
	}
	session->body_expected_bytes = length;
	return 0;
}

static void wait_for_reply(struct http_session *session)
{
	session->state = SESSION_WAITING;
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

static int take_head(struct http_session *session, struct api *api, struct slice path)
{
	char allow[64];
	const char *why;

	ensure(!session->req);
	session->persistence = KEEP_OPEN;
	session->req = request_of_head(api, session->wsi, path);
	if (!session->req)
		return -1;
	struct request *req = session->req;
	req->session = session;
	list_append(api_requests(api), &req->node);

	unsigned status = check_framing(session->wsi, session, &why);
	if (status != 0) {
		refuse(session, status, "err.bad_request", why);
		return 0;
	}
	bool has_body = session->body_expected_bytes > 0;
	if (!has_body && (req->method == METHOD_POST || req->method == METHOD_PUT) &&
		lws_hdr_total_length(session->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0)
		session->persistence = CLOSE_AFTER;
	if (!has_body || !router_find(req, allow, sizeof(allow))) {
		if (has_body)
			session->persistence = CLOSE_AFTER;
		dispatch(session);
		return 0;
	}
	if (session->body_expected_bytes > req->route->body_limit_bytes) {
		refuse(session, 413, "err.body_too_large", "The body is larger than this call takes.");
		return 0;
	}
	req->body.limit_bytes = req->route->body_limit_bytes;
	session->state = SESSION_BODY;
	return 0;
}

static int take_body(struct http_session *session, const void *data, size_t len)
{
	if (session->state != SESSION_BODY)
		return 0; /* refused already: the rest is read away until the connection closes */
	buf_append(&session->req->body, data, len);
	return session->req->body.overflow ? -1 : 0;
}

static int write_head(struct http_session *session, const struct reply *reply)
{
	unsigned char head[LWS_PRE + REPLY_HEAD_BYTES];
	unsigned char *p = head + LWS_PRE, *start = p, *end = head + sizeof(head);
	struct slice rest = buf_slice(&reply->headers);
	bool has_body = reply->body.len > 0;

	if (lws_add_http_header_status(session->wsi, reply->status, &p, end))
		return -1;
	if (reply->content_type &&
		lws_add_http_header_by_name(session->wsi,
			(const unsigned char *)"content-type:", (const unsigned char *)reply->content_type,
			(int)strlen(reply->content_type), &p, end))
		return -1;
	while (rest.len > 0) {
		struct slice line, name, value;
		char text[64];
		slice_cut(rest, '\n', &line, &rest);
		slice_cut(slice_trim(line, "\r"), ':', &name, &value);
		value = slice_trim(value, " ");
		int n = snprintf(text, sizeof(text), "%.*s:", SLICE_ARG(name));
		ensure(n > 0 && (size_t)n < sizeof(text));
		if (lws_add_http_header_by_name(session->wsi, (const unsigned char *)text,
			    (const unsigned char *)value.data, (int)value.len, &p, end))
			return -1;
	}
	if (session->persistence == CLOSE_AFTER &&
		lws_add_http_header_by_name(session->wsi,
			(const unsigned char *)"connection:", (const unsigned char *)"close", 5, &p, end))
		return -1;
	/* 204 and 304 have no Content-Length (RFC 9110 8.6). */
	if (reply->status != 204 && reply->status != 304 &&
		lws_add_http_header_content_length(session->wsi, reply->body.len, &p, end))
		return -1;
	if (lws_finalize_http_header(session->wsi, &p, end))
		return -1;
	int len = (int)(p - start);
	if (lws_write(session->wsi, start, (size_t)len,
		    has_body ? LWS_WRITE_HTTP_HEADERS : LWS_WRITE_HTTP_HEADERS | LWS_WRITE_H2_STREAM_END) !=
		len)
		return -1;
	return 0;
}

static void end_request(struct http_session *session)
{
	struct request *req = session->req;

	session->req = NULL;
	session->state = SESSION_IDLE;
	session->body_written = 0;
	request_free(req);
}

/* 0: more to write or a next request; -1: close. */
static int finish_reply(struct http_session *session)
{
	bool close = session->persistence == CLOSE_AFTER;

	end_request(session);
	if (close)
		return -1;
	return lws_http_transaction_completed(session->wsi) ? -1 : 0;
}

static int write_reply(struct http_session *session)
{
	unsigned char chunk[LWS_PRE + WRITE_CHUNK_BYTES];
	struct reply *reply = session->req ? &session->req->reply : NULL;

	if (!reply || reply->state == REPLY_NONE)
		return 0;
	if (reply->state == REPLY_READY) {
		reply->state = REPLY_SENT;
		session->state = SESSION_WRITING;
		lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT, API_WRITE_TIMEOUT_S);
		if (write_head(session, reply) != 0)
			return -1;
		if (reply->body.len == 0)
			return finish_reply(session);
		lws_callback_on_writable(session->wsi);
		return 0;
	}
	size_t left = reply->body.len - session->body_written;
	size_t n = left < WRITE_CHUNK_BYTES ? left : WRITE_CHUNK_BYTES;
	memcpy(chunk + LWS_PRE, reply->body.data + session->body_written, n);
	if (lws_write(session->wsi, chunk + LWS_PRE, n, n == left ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) !=
		(int)n)
		return -1;
	session->body_written += n;
	if (n == left)
		return finish_reply(session);
	lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT, API_WRITE_TIMEOUT_S);
	lws_callback_on_writable(session->wsi);
	return 0;
}

static void client_left(struct http_session *session)
{
	struct request *req = session->req;

	session->req = NULL;
	if (!req)
		return;
	req->session = NULL;
	/* Unanswered requests go on: a rotation that was asked for takes place. The reply frees them. */
	if (session->state == SESSION_BODY || req->reply.state != REPLY_NONE)
		request_free(req);
}

void http_session_reply(struct request *req)
{
	if (!req->session) {
		request_free(req);
		return;
	}
	api_common_headers(req);
	lws_callback_on_writable(req->session->wsi);
}

static int on_http(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct http_session *session = user;

	switch (reason) {
	case LWS_CALLBACK_HTTP:
		session->wsi = wsi;
		return take_head(session, lws_get_protocol(wsi)->user, slice_of(in, len));
	case LWS_CALLBACK_HTTP_BODY: return take_body(session, in, len);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		if (session->state == SESSION_BODY)
			dispatch(session);
		return 0;
	case LWS_CALLBACK_HTTP_WRITEABLE: return write_reply(session);
	case LWS_CALLBACK_CLOSED_HTTP:
		if (session) {
			client_left(session);
			ws_session_closed(&session->ws);
		}
		return 0;
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
	case LWS_CALLBACK_ESTABLISHED:
	case LWS_CALLBACK_SERVER_WRITEABLE:
	case LWS_CALLBACK_RECEIVE:
	case LWS_CALLBACK_CLOSED:
		return ws_session_callback(lws_get_protocol(wsi)->user, wsi, reason, &session->ws, in, len);
	default: return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

struct lws_protocols http_session_protocol(void *api)
{
	return (struct lws_protocols){
		.name = "http",
		.callback = on_http,
		.per_session_data_size = sizeof(struct http_session),
		.user = api,
	};
}
