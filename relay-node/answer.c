/* answer.c: see answer.h. */
#include "relay-node/answer.h"

#include "shared/model/bytes_text.h"
#include "shared/model/messages.h"

static const char *status_phrase(unsigned status)
{
	static const struct {
		unsigned status;
		const char *phrase;
	} phrases[] = {
		{400, "Bad Request"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{407, "Proxy Authentication Required"},
		{408, "Request Timeout"},
		{414, "URI Too Long"},
		{417, "Expectation Failed"},
		{429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{502, "Bad Gateway"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
		{505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < ARRAY_LEN(phrases); i++) {
		if (phrases[i].status == status)
			return phrases[i].phrase;
	}
	return "Refused";
}

static void sentence_write(
	struct buf *body, const struct answer *answer, struct slice id, enum message_lang lang)
{
	char used[BYTES_TEXT_BYTES], limit[BYTES_TEXT_BYTES];

	bytes_text(answer->used_bytes, lang, used);
	bytes_text(answer->limit_bytes, lang, limit);
	const struct message_param params[] = {
		{"user", answer->user},
		{"ip", answer->ip},
		{"host", answer->host},
		{"port", answer->port},
		{"used", slice_from_str(used)},
		{"limit", slice_from_str(limit)},
		{"provider", answer->provider},
	};

	message_format_with(body, id, lang, params, ARRAY_LEN(params));
	buf_append_char(body, '\n');
}

static void message_write(struct buf *body, const struct answer *answer, struct slice id)
{
	sentence_write(body, answer, id, MESSAGE_ENGLISH);
	sentence_write(body, answer, id, MESSAGE_VIETNAMESE);
}

static void body_write(struct buf *body, const struct answer *answer, const struct close_reason_info *info)
{
	if (answer->text.len) {
		buf_append_slice(body, answer->text);
		buf_append_char(body, '\n');
		if (info->vietnamese[0])
			buf_printf(body, "%s\n", info->vietnamese);
	} else if (answer->message_id.len) {
		message_write(body, answer, answer->message_id);
	} else if (info->message_id) {
		message_write(body, answer, slice_from_str(info->message_id));
	} else {
		buf_printf(body, "%s\n%s\n", info->english, info->vietnamese);
	}
}

void answer_write(struct buf *out, const struct answer *answer)
{
	const struct close_reason_info *info = close_reason_info(answer->reason);
	unsigned status = answer->status ? answer->status : info->status;
	const char *proxy_error = answer->proxy_error ? answer->proxy_error : info->proxy_error;
	struct buf body;

	buf_init(&body, 4096);
	body_write(&body, answer, info);
	buf_printf(out,
		"HTTP/1.1 %u %s\r\n"
		"Content-Type: text/plain; charset=utf-8\r\n"
		"Content-Length: %zu\r\n"
		"Cache-Control: no-store\r\n",
		status, status_phrase(status), body.len);
	buf_append_str(out, "Proxy-Status: kiotproxy");
	if (proxy_error)
		buf_printf(out, "; error=%s", proxy_error);
	if (answer->received_status)
		buf_printf(out, "; received-status=%u", answer->received_status);
	buf_append_str(out, "\r\n");
	if (status == 407)
		buf_printf(out, "Proxy-Authenticate: Basic realm=\"%.*s\", charset=\"UTF-8\"\r\n",
			SLICE_ARG(answer->realm));
	buf_append_str(out, "Connection: close\r\n\r\n");
	if (answer->body == ANSWER_BODY_TEXT)
		buf_append_slice(out, buf_slice(&body));
	buf_done(&body);
}
