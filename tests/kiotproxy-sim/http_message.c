/* http_message.c: see http_message.h. */
#include "tests/kiotproxy-sim/http_message.h"

#include <string.h>

static bool is_token(struct slice s)
{
	static const char allowed[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.data[i];
		bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';

		if (!letter && !(c >= '0' && c <= '9') && (c == 0 || !strchr(allowed, c)))
			return false;
	}
	return s.len > 0;
}

static bool is_visible(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.data[i] <= ' ' || s.data[i] == 0x7f)
			return false;
	return s.len > 0;
}

/* The next line without its CRLF; false for a bare CR, LF or NUL in it. */
static bool line_next(struct slice *rest, struct slice *ret_line)
{
	const char *end = memchr(rest->data, '\n', rest->len);

	if (!end || end == rest->data || end[-1] != '\r')
		return false;
	*ret_line = slice_of(rest->data, (size_t)(end - 1 - rest->data));
	*rest = slice_from(*rest, ret_line->len + 2);
	return !memchr(ret_line->data, '\r', ret_line->len) && !memchr(ret_line->data, '\0', ret_line->len);
}

static bool version_parse(struct slice s, unsigned *ret_minor)
{
	if (!slice_eq_str(s, "HTTP/1.1") && !slice_eq_str(s, "HTTP/1.0"))
		return false;
	*ret_minor = (unsigned)(s.data[7] - '0');
	return true;
}

static bool headers_parse(struct slice rest, struct http_head *head)
{
	struct slice line;

	head->header_count = 0;
	while (line_next(&rest, &line)) {
		struct http_header *h = &head->headers[head->header_count];

		if (line.len == 0)
			return true;
		if (head->header_count == HTTP_HEADERS_MAX || !slice_cut(line, ':', &h->name, &h->value) ||
			!is_token(h->name))
			return false;
		h->value = slice_trim(h->value, " \t");
		head->header_count++;
	}
	return false;
}

/* Finds the end of the head; false = not there yet (or far too long). */
static enum http_parse head_end(struct slice in, size_t *ret_bytes)
{
	const char *end = in.len ? memmem(in.data, in.len, "\r\n\r\n", 4) : NULL;
	const char *lf = in.len ? memchr(in.data, '\n', in.len) : NULL;

	if (lf && (lf == in.data || lf[-1] != '\r'))
		return HTTP_BAD; /* a bare LF would make us wait for a CRLF that never comes */
	if (!end)
		return in.len > HTTP_HEAD_MAX_BYTES ? HTTP_BAD : HTTP_NEED_MORE;
	*ret_bytes = (size_t)(end - in.data) + 4;
	return *ret_bytes > HTTP_HEAD_MAX_BYTES ? HTTP_BAD : HTTP_DONE;
}

enum http_parse http_head_parse_request(struct slice in, struct http_head *head)
{
	struct slice rest, line, tail;
	enum http_parse end = head_end(in, &head->head_bytes);

	if (end != HTTP_DONE)
		return end;
	rest = slice_of(in.data, head->head_bytes);
	if (!line_next(&rest, &line) || !slice_cut(line, ' ', &head->method, &tail) ||
		!slice_cut(tail, ' ', &head->target, &tail) || !is_token(head->method) ||
		!is_visible(head->target) || !version_parse(tail, &head->minor) || !headers_parse(rest, head))
		return HTTP_BAD;
	return HTTP_DONE;
}

enum http_parse http_head_parse_response(struct slice in, struct http_head *head)
{
	struct slice rest, line, version, code;
	enum http_parse end = head_end(in, &head->head_bytes);
	uint32_t status;

	if (end != HTTP_DONE)
		return end;
	rest = slice_of(in.data, head->head_bytes);
	if (!line_next(&rest, &line) || !slice_cut(line, ' ', &version, &line) ||
		!version_parse(version, &head->minor))
		return HTTP_BAD;
	slice_cut(line, ' ', &code, &head->reason);
	if (code.len != 3 || !slice_parse_u32(code, 999, &status) || status < 100 ||
		!headers_parse(rest, head))
		return HTTP_BAD;
	head->status = status;
	return HTTP_DONE;
}

const struct http_header *http_head_find(const struct http_head *head, const char *name)
{
	struct slice wanted = slice_from_str(name);

	for (size_t i = 0; i < head->header_count; i++)
		if (slice_eq_icase(head->headers[i].name, wanted))
			return &head->headers[i];
	return NULL;
}

bool http_head_has_token(const struct http_head *head, const char *name, struct slice token)
{
	for (size_t i = 0; i < head->header_count; i++) {
		struct slice rest = head->headers[i].value, item;

		if (!slice_eq_icase(head->headers[i].name, slice_from_str(name)))
			continue;
		while (rest.len) {
			slice_cut(rest, ',', &item, &rest);
			if (slice_eq_icase(slice_trim(item, " \t"), token))
				return true;
		}
	}
	return false;
}

bool http_head_keeps_alive(const struct http_head *head)
{
	if (head->minor == 0)
		return http_head_has_token(head, "Connection", SLICE_LIT("keep-alive"));
	return !http_head_has_token(head, "Connection", SLICE_LIT("close"));
}

bool http_head_host_is_good(const struct http_head *head)
{
	unsigned hosts = 0;

	for (size_t i = 0; i < head->header_count; i++)
		hosts += slice_eq_icase(head->headers[i].name, SLICE_LIT("Host"));
	return hosts == 1 || (hosts == 0 && head->minor == 0);
}

bool http_head_framing(const struct http_head *head, struct slice answers, struct http_body *ret_body)
{
	const struct http_header *coding = NULL, *length = NULL;
	uint64_t bytes = 0;

	for (size_t i = 0; i < head->header_count; i++) {
		const struct http_header *h = &head->headers[i];

		if (slice_eq_icase(h->name, SLICE_LIT("Transfer-Encoding"))) {
			if (coding || !slice_eq_icase(h->value, SLICE_LIT("chunked")))
				return false;
			coding = h;
		} else if (slice_eq_icase(h->name, SLICE_LIT("Content-Length"))) {
			if (length || !slice_parse_u64(h->value, &bytes))
				return false;
			length = h;
		}
	}
	if ((coding && length) || (coding && head->minor == 0))
		return false;
	if (answers.len && (slice_eq_str(answers, "HEAD") || head->status == 204 || head->status == 304 ||
				   head->status < 200))
		http_body_init(ret_body, HTTP_BODY_NONE, 0);
	else if (coding)
		http_body_init(ret_body, HTTP_BODY_CHUNKED, 0);
	else if (length)
		http_body_init(ret_body, HTTP_BODY_LENGTH, bytes);
	else
		http_body_init(ret_body, answers.len ? HTTP_BODY_UNTIL_CLOSE : HTTP_BODY_NONE, 0);
	return true;
}

bool http_header_is_hop_by_hop(const struct http_head *head, const struct http_header *h)
{
	static const char *const names[] = {
		"Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authorization", "TE", "Upgrade"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (slice_eq_icase(h->name, slice_from_str(names[i])))
			return true;
	return http_head_has_token(head, "Connection", h->name);
}

const char *http_reason(unsigned status)
{
	static const struct {
		unsigned status;
		const char *reason;
	} reasons[] = {{200, "OK"}, {204, "No Content"}, {302, "Found"}, {304, "Not Modified"},
		{400, "Bad Request"}, {403, "Forbidden"}, {404, "Not Found"}, {405, "Method Not Allowed"},
		{407, "Proxy Authentication Required"}, {413, "Content Too Large"},
		{429, "Too Many Requests"}, {500, "Internal Server Error"}, {502, "Bad Gateway"},
		{503, "Service Unavailable"}, {504, "Gateway Timeout"}};

	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Status";
}
