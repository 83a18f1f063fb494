/* http_answer.c: see http_answer.h. */
#include "api-node/http_answer.h"

#include <stdio.h>
#include <string.h>

#include <libwebsockets.h>

#include "api-node/request.h"
#include "shared/base/ensure.h"

enum { ANSWER_HEAD_BYTES = 16 * 1024 }; /* a Link repeats the query up to four times */

static int add_header(
	struct lws *wsi, const char *name, struct slice value, unsigned char **p, unsigned char *end)
{
	return lws_add_http_header_by_name(
		wsi, (const unsigned char *)name, (const unsigned char *)value.data, (int)value.len, p, end);
}

/* The reply's own headers: "Name: value" lines. */
static int add_own_headers(struct lws *wsi, const struct reply *reply, unsigned char **p, unsigned char *end)
{
	struct slice rest = buf_slice(&reply->headers);

	while (rest.len > 0) {
		struct slice line, name, value;
		char text[64];
		slice_cut(rest, '\n', &line, &rest);
		slice_cut(slice_trim(line, "\r"), ':', &name, &value);
		int n = snprintf(text, sizeof(text), "%.*s:", SLICE_ARG(name));
		ensure(n > 0 && (size_t)n < sizeof(text));
		if (add_header(wsi, text, slice_trim(value, " "), p, end))
			return -1;
	}
	return 0;
}

int http_answer_head(struct lws *wsi, const struct reply *reply, enum answer_then then)
{
	unsigned char head[LWS_PRE + ANSWER_HEAD_BYTES];
	unsigned char *p = head + LWS_PRE, *start = p, *end = head + sizeof(head);
	char length[24];

	if (lws_add_http_header_status(wsi, reply->status, &p, end) ||
		(reply->content_type &&
			add_header(wsi, "content-type:", slice_from_str(reply->content_type), &p, end)) ||
		add_own_headers(wsi, reply, &p, end))
		return -1;
	if (then == ANSWER_THEN_CLOSE && add_header(wsi, "connection:", SLICE_LIT("close"), &p, end))
		return -1;
	/* 204 and 304 have no Content-Length (RFC 9110 8.6). By name: libwebsockets would count what follows.
	 */
	snprintf(length, sizeof(length), "%zu", reply_content(reply).len);
	if (reply->status != 204 && reply->status != 304 &&
		add_header(wsi, "content-length:", slice_from_str(length), &p, end))
		return -1;
	if (lws_finalize_http_header(wsi, &p, end))
		return -1;
	int len = (int)(p - start);
	return lws_write(wsi, start, (size_t)len, LWS_WRITE_HTTP_HEADERS) == len ? 0 : -1;
}
