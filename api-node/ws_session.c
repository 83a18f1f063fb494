/*
 * ws_session.c: see ws_session.h.
 *
 *	ws_session_refusal         → path, Origin, token   (refused: answered as a plain request)
 *	FILTER_PROTOCOL_CONNECTION → the session is made
 *	ESTABLISHED                → whose token is it?    (nobody's: closed with 4401)
 *	  known → push_join → WRITEABLE → push_next, as many frames as go at once
 *	the user's sessions changed, and every minute → is it still good?
 */
#include "api-node/ws_session.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libwebsockets.h>

#include "api-node/api.h"
#include "api-node/credentials.h"
#include "api-node/push/push.h"
#include "api-node/sessions.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/crypto/token.h"
#include "shared/loop/loop.h"

enum {
	WS_CLOSE_SESSION_ENDED = 4401,
	WS_CLOSE_TOO_MANY = 4429,
	WS_CLOSE_TOO_BIG = 1009,   /* RFC 6455 section 7.4.1 */
	WS_CLOSE_TOO_OFTEN = 1008, /* a policy of ours */
	WS_PER_USER_MAX = 50, /* at this node: an office may share an account, a page that leaks may not */
	WS_MESSAGE_MAX_BYTES = 16 * 1024,
	WS_RECHECK_MS = 60 * 1000,
	WS_MESSAGES_PER_S = 20,
	WS_HEADER_BYTES = 4096,
	WS_SEND_BUFFER_BYTES = 128 * 1024,
};

struct ws_session {
	struct api *api; /* borrowed */
	struct lws *wsi; /* NULL once closed: then only a lookup in flight still holds the session */
	struct push_client *client; /* owned; NULL before the session is known */
	struct loop_timer *recheck;
	char hash[SHA256_HEX_BYTES];
	enum { LOOKUP_NONE, LOOKUP_RUNNING, LOOKUP_AGAIN } lookup;
	int ending;      /* the close code that the next writable callback sends; 0 = none */
	uint64_t second; /* of the messages counted */
	unsigned messages;
	size_t message_bytes; /* of the message that is coming in */
};

static void session_free(struct ws_session *session)
{
	loop_timer_free(session->api->loop, session->recheck);
	free(session);
}

static void on_wake(void *arg)
{
	struct ws_session *session = arg;

	if (session->wsi)
		lws_callback_on_writable(session->wsi);
}

static void look_up(struct ws_session *session);

static void on_session_ended(void *arg)
{
	look_up(arg);
}

static const struct push_client_ops client_ops = {.wake = on_wake, .session_ended = on_session_ended};

/* The next writable callback closes: only there can a reason be given. */
static void end_session(struct ws_session *session, int code)
{
	push_leave(session->client);
	session->client = NULL;
	session->ending = code;
	loop_timer_stop(session->api->loop, session->recheck);
	lws_callback_on_writable(session->wsi);
}

/* Returns what closes the connection. */
static int close_now(struct ws_session *session, int code)
{
	static const struct {
		int code;
		const char *reason;
	} reasons[] = {
		{WS_CLOSE_SESSION_ENDED, "session ended"},
		{WS_CLOSE_TOO_MANY, "too many connections of this user"},
		{WS_CLOSE_TOO_BIG, "message too big"},
		{WS_CLOSE_TOO_OFTEN, "too many messages"},
	};

	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		unsigned char text[64];
		size_t len = strlen(reasons[i].reason);

		if (reasons[i].code != code)
			continue;
		memcpy(text, reasons[i].reason, len);
		lws_close_reason(session->wsi, (enum lws_close_status)code, text, len);
	}
	return -1;
}

/* A token that runs out is nobody's change that would be told: asked about when its time is over. */
static uint64_t recheck_ms(const struct session *who)
{
	if (who->ends_in_ms > 0 && who->ends_in_ms < WS_RECHECK_MS)
		return (uint64_t)who->ends_in_ms + 1;
	return WS_RECHECK_MS;
}

static void on_known(const struct session *who, const struct err *err, void *arg)
{
	struct ws_session *session = arg;
	bool again = session->lookup == LOOKUP_AGAIN;

	session->lookup = LOOKUP_NONE;
	if (!session->wsi) {
		session_free(session);
		return;
	}
	if (err) {
		/* Redis is away: a session that was good stays; a new one is asked about again. */
		loop_timer_start(session->api->loop, session->recheck, 1000);
		return;
	}
	if (!who) {
		end_session(session, WS_CLOSE_SESSION_ENDED);
		return;
	}
	if (!session->client && push_count_of(session->api->push, who->user_id) >= WS_PER_USER_MAX) {
		log_notice("WebSocket refused: the user has too many", log_str("user", who->username));
		end_session(session, WS_CLOSE_TOO_MANY);
		return;
	}
	if (!session->client)
		session->client = push_join(session->api->push, who, &client_ops, session);
	else
		push_known(session->client, who);
	loop_timer_start(session->api->loop, session->recheck, again ? 0 : recheck_ms(who));
}

static void look_up(struct ws_session *session)
{
	if (session->lookup != LOOKUP_NONE) {
		session->lookup = LOOKUP_AGAIN;
		return;
	}
	session->lookup = LOOKUP_RUNNING;
	sessions_lookup(session->api->sessions, session->hash, on_known, session);
}

static void on_recheck(void *arg)
{
	look_up(arg);
}

/* The value of a request header as a slice of `dst`; data NULL when absent or too long. */
static struct slice header(struct lws *wsi, enum lws_token_indexes token, char *dst, size_t size)
{
	int len = lws_hdr_total_length(wsi, token) > 0 ? lws_hdr_copy(wsi, dst, (int)size, token) : -1;

	return len >= 0 ? slice_of(dst, (size_t)len) : SLICE_NONE;
}

/* What of the head decides about the upgrade; the texts live in the struct. */
struct upgrade {
	char path[64], host_text[512], origin_text[512], authorization_text[512],
		cookie_text[WS_HEADER_BYTES];
	struct slice host, origin, token;
};

static unsigned judge(struct api *api, struct lws *wsi, struct upgrade *up)
{
	struct slice authorization, cookie;

	up->host = header(wsi, WSI_TOKEN_HOST, up->host_text, sizeof(up->host_text));
	up->origin = header(wsi, WSI_TOKEN_ORIGIN, up->origin_text, sizeof(up->origin_text));
	authorization = header(
		wsi, WSI_TOKEN_HTTP_AUTHORIZATION, up->authorization_text, sizeof(up->authorization_text));
	cookie = header(wsi, WSI_TOKEN_HTTP_COOKIE, up->cookie_text, sizeof(up->cookie_text));
	if (!slice_eq_str(header(wsi, WSI_TOKEN_GET_URI, up->path, sizeof(up->path)), "/api/ws"))
		return 404;
	/* A page of another site may open a WebSocket and the browser sends our cookie with it: its Origin
	 * tells. Programs without Origin must bring a token of their own. */
	if (lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) == 0)
		cookie = SLICE_NONE;
	else if (!up->origin.data ||
		 !credentials_origin_allowed(api->config->public_urls, up->host, up->origin))
		return 403;
	return credentials_token(authorization, cookie, &up->token) == CREDENTIALS_TOKEN ? 0 : 401;
}

unsigned ws_session_refusal(struct api *api, struct lws *wsi)
{
	struct upgrade up = {0};

	return judge(api, wsi, &up);
}

static int admit(struct api *api, struct lws *wsi, struct ws_session **slot)
{
	struct upgrade up = {0};

	if (judge(api, wsi, &up) != 0)
		return -1;
	ws_session_closed(slot);
	struct ws_session *session = mem_zalloc(sizeof(*session));
	session->api = api;
	session->wsi = wsi;
	session->recheck = loop_timer_new(api->loop, on_recheck, session);
	token_hash(up.token, session->hash);
	*slot = session;
	return 0;
}

static int write_frame(struct ws_session *session)
{
	struct slice bytes;

	if (session->ending)
		return close_now(session, session->ending);
	if (!session->client || !push_next(session->client, &bytes))
		return 0;
	/* Framed already, hence raw; what the kernel does not take libwebsockets keeps, and calls when it is
	 * gone. */
	if (lws_write(session->wsi, (unsigned char *)(uintptr_t)bytes.data, bytes.len, LWS_WRITE_RAW) <
		(int)bytes.len)
		return -1;
	if (push_pending(session->client))
		lws_callback_on_writable(session->wsi);
	return 0;
}

/* Browsers have nothing to say here; what they send is counted and thrown away. */
static int take_message(struct ws_session *session, size_t len)
{
	uint64_t second = clock_now_ms() / 1000;

	session->message_bytes += len;
	if (session->message_bytes > WS_MESSAGE_MAX_BYTES)
		return close_now(session, WS_CLOSE_TOO_BIG);
	if (lws_is_final_fragment(session->wsi))
		session->message_bytes = 0;
	if (session->second != second) {
		session->second = second;
		session->messages = 0;
	}
	return ++session->messages > WS_MESSAGES_PER_S ? close_now(session, WS_CLOSE_TOO_OFTEN) : 0;
}

/* Left alone, the kernel would queue megabytes for a browser that does not read: memory, and news of
 * yesterday. */
static void bound_send_buffer(struct lws *wsi)
{
	int bytes = WS_SEND_BUFFER_BYTES;

	if (setsockopt(lws_get_socket_fd(wsi), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)) != 0)
		log_debug("SO_SNDBUF refused");
}

void ws_session_closed(struct ws_session **slot)
{
	struct ws_session *session = *slot;

	*slot = NULL;
	if (!session)
		return;
	push_leave(session->client);
	session->client = NULL;
	session->wsi = NULL;
	loop_timer_stop(session->api->loop, session->recheck);
	if (session->lookup == LOOKUP_NONE)
		session_free(session);
}

int ws_session_callback(struct api *api, struct lws *wsi, int reason, struct ws_session **slot, size_t len)
{
	switch (reason) {
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION: return admit(api, wsi, slot);
	case LWS_CALLBACK_ESTABLISHED:
		if (!*slot)
			return -1;
		bound_send_buffer(wsi);
		look_up(*slot);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE: return *slot ? write_frame(*slot) : -1;
	case LWS_CALLBACK_RECEIVE: return *slot ? take_message(*slot, len) : -1;
	case LWS_CALLBACK_CLOSED: ws_session_closed(slot); return 0;
	default: return 0;
	}
}
