/* http_head.c: see http_head.h. */
#include "api-node/http_head.h"

#include <string.h>

#include <libwebsockets.h>

#include "api-node/api.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"

/* How libwebsockets names a header of ours; -1: it has no token and is kept as a custom header. */
static int token_of(enum request_header header)
{
	switch (header) {
	case HEADER_AUTHORIZATION: return WSI_TOKEN_HTTP_AUTHORIZATION;
	case HEADER_COOKIE: return WSI_TOKEN_HTTP_COOKIE;
	case HEADER_CONTENT_TYPE: return WSI_TOKEN_HTTP_CONTENT_TYPE;
	case HEADER_ACCEPT: return WSI_TOKEN_HTTP_ACCEPT;
	case HEADER_ACCEPT_ENCODING: return WSI_TOKEN_HTTP_ACCEPT_ENCODING;
	case HEADER_HOST: return WSI_TOKEN_HOST;
	case HEADER_USER_AGENT: return WSI_TOKEN_HTTP_USER_AGENT;
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

	/* A custom header can be told to be there but empty; a token of libwebsockets cannot. */
	if (len < (token >= 0) || req->text.len + (size_t)len + 1 > req->text.cap)
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

	/* An empty field ("a=1&&b=2") has a fragment of length 0; only -1 would be past the last one, and
	 * a fragment that is not there is 0 long too: so their number is bounded instead. */
	for (int i = 0, empty = 0; empty < 8; i++) {
		len = lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, i);
		if (len <= 0) {
			empty++;
			continue;
		}
		empty = 0;
		if (req->text.len + (size_t)len + 1 > req->text.cap)
			break;
		len = lws_hdr_copy_fragment(
			wsi, req->text.data + req->text.len, len + 1, WSI_TOKEN_HTTP_URI_ARGS, i);
		if (len < 0)
			break;
		/* What it makes of a query that is there but empty ("/api/logs?"). */
		if (i == 0 && slice_eq_str(slice_of(start, (size_t)len), "/"))
			continue;
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
		{WSI_TOKEN_HEAD_URI, METHOD_GET},
		{WSI_TOKEN_POST_URI, METHOD_POST},
		{WSI_TOKEN_PUT_URI, METHOD_PUT},
		{WSI_TOKEN_DELETE_URI, METHOD_DELETE},
	};

	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (lws_hdr_total_length(wsi, methods[i].token) > 0)
			return methods[i].method;
	return METHOD_OTHER;
}

struct request *http_head_request(struct api *api, struct lws *wsi, struct slice path)
{
	struct request *req = request_new(api);
	struct sockaddr_storage sa;
	socklen_t sa_len = sizeof(sa);
	uint16_t port;

	/* Every copied text ends with a NUL where the head had at least a separator: it all fits. */
	if (!buf_reserve(&req->text, API_HEAD_MAX_BYTES + 1024)) {
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
	req->is_head = lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0;
	if (getpeername(lws_get_socket_fd(wsi), (struct sockaddr *)&sa, &sa_len) != 0 ||
		!ip_addr_from_sockaddr((struct sockaddr *)&sa, &req->peer, &port))
		memset(&req->peer, 0, sizeof(req->peer));
	api_request_peer(api, req);
	return req;
}

static struct http_framing refused(struct http_framing framing, unsigned status, const char *why)
{
	framing.refusal = status;
	framing.why = why;
	return framing;
}

struct http_framing http_head_framing(struct lws *wsi)
{
	struct http_framing framing = {.length = LENGTH_MISSING};
	char text[32];
	int len = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH);

	if (lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0)
		framing.shape = HEAD_ONLY;
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
		return refused(framing, 411,
			"Send the body with a Content-Length; Transfer-Encoding is not accepted.");
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HOST) <= 0 ||
		lws_hdr_fragment_length(wsi, WSI_TOKEN_HOST, 1) > 0)
		return refused(framing, 400, "The request must have exactly one Host header.");
	if (len <= 0)
		return framing;
	framing.length = LENGTH_GIVEN;
	if (lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, 1) > 0 ||
		lws_hdr_copy(wsi, text, sizeof(text), WSI_TOKEN_HTTP_CONTENT_LENGTH) < 0 ||
		!slice_parse_u64(slice_from_str(text), &framing.body_bytes))
		return refused(framing, 400, "Content-Length must be one decimal number.");
	if (framing.body_bytes > 0 && lws_hdr_copy(wsi, text, sizeof(text), WSI_TOKEN_HTTP_EXPECT) > 0 &&
		slice_eq_icase(slice_from_str(text), SLICE_LIT("100-continue")))
		framing.expect = WAIT_FOR_100;
	return framing;
}

bool http_head_may_have_body(struct lws *wsi)
{
	return lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0 ||
	       lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0 ||
	       lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) > 0 ||
	       lws_hdr_total_length(wsi, WSI_TOKEN_PUT_URI) > 0 ||
	       lws_hdr_total_length(wsi, WSI_TOKEN_PATCH_URI) > 0;
}

bool http_head_is_kept(struct lws *wsi)
{
	char text[2] = "?";

	/* It keeps its header table only for bytes that it has already, and only with a table does a copy
	 * clear what it is to be copied to; there is no other way to ask. */
	(void)lws_hdr_custom_copy(wsi, text, sizeof(text), "?:", 2);
	return text[0] == '\0';
}
