/* http_answer.c: see http_answer.h. */
#include "api-node/http_answer.h"

#include <stdio.h>
#include <string.h>

#include <libwebsockets.h>

#include "api-node/request.h"

static int add_header(
	struct lws *wsi, const char *name, struct slice value, unsigned char **p, unsigned char *end)
{
	return lws_add_http_header_by_name(
		wsi, (const unsigned char *)name, (const unsigned char *)value.data, (int)value.len, p, end);
}

/* The reply's own headers: "Name: value" lines with CRLF, as they go onto the wire. */
static int add_own_headers(const struct reply *reply, unsigned char **p, unsigned char *end)
{
	struct slice lines = buf_slice(&reply->headers);

	if ((size_t)(end - *p) < lines.len)
		return -1;
	if (lines.len > 0)
		memcpy(*p, lines.data, lines.len);
	*p += lines.len;
	return 0;
}

int http_answer_head(struct lws *wsi, const struct reply *reply, enum answer_then then,
	unsigned char head[ANSWER_HEAD_BYTES], size_t *ret_len)
{
	unsigned char *p = head, *end = head + ANSWER_HEAD_BYTES;
	char length[24];

	if (lws_add_http_header_status(wsi, reply->status, &p, end) ||
		(reply->content_type &&
			add_header(wsi, "content-type:", slice_from_str(reply->content_type), &p, end)) ||
		add_own_headers(reply, &p, end))
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
	*ret_len = (size_t)(p - head);
	return 0;
}
