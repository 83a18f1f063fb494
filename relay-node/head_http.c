/*
 * head_http.c: see head_http.h.
 *
 * Lines are judged one by one as they complete, in order; what fields mean together is judged once the empty
 * line is there. So the verdict is the same however the bytes arrive. A head that comes in one piece is read
 * once; one that came in pieces is checked line by line and read again, whole, at its end: nothing is kept
 * meanwhile but the twelve bytes of struct http_head_scan.
 */
#include "relay-node/head_http.h"

#include <string.h>

#include "relay-node/http_chars.h"
#include "shared/base/ensure.h"

const struct http_head_limits http_head_limits_default = {
	.head_bytes = 32 * 1024,
	.line_bytes = 16 * 1024,
	.fields = HTTP_REQUEST_FIELDS_MAX,
	.host_bytes = HTTP_HOST_BYTES_MAX,
};

enum { VERSION_BYTES = sizeof(" HTTP/1.1") - 1 };

static enum http_method method_identify(struct slice text)
{
	static const struct {
		struct slice name;
		enum http_method method;
	} methods[] = {
		{{"CONNECT", 7}, HTTP_METHOD_CONNECT},
		{{"GET", 3}, HTTP_METHOD_GET},
		{{"POST", 4}, HTTP_METHOD_POST},
		{{"HEAD", 4}, HTTP_METHOD_HEAD},
		{{"PUT", 3}, HTTP_METHOD_PUT},
		{{"OPTIONS", 7}, HTTP_METHOD_OPTIONS},
		{{"DELETE", 6}, HTTP_METHOD_DELETE},
		{{"PATCH", 5}, HTTP_METHOD_PATCH},
	};

	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (slice_eq(text, methods[i].name))
			return methods[i].method;
	return HTTP_METHOD_OTHER;
}

/* Judges what has come of the method, so that a peer that speaks another protocol is told so at its first
 * bytes, not at a time-out. `start` is the offset of the request line. */
static enum http_verdict method_check(struct slice bytes, size_t start)
{
	const char *p = bytes.data + start;
	const char *end = bytes.data + bytes.len;

	if (end - p > HTTP_METHOD_BYTES_MAX + 1)
		end = p + HTTP_METHOD_BYTES_MAX + 1;
	const char *stop = http_skip(p, end, HTTP_TOKEN);
	if (stop - p > HTTP_METHOD_BYTES_MAX)
		return HTTP_BAD_METHOD;
	if (stop == end)
		return HTTP_OK;
	if (stop == p)
		return HTTP_NOT_HTTP;
	if (*stop == ' ' || *stop == '\r' || *stop == '\n')
		return HTTP_OK;
	return HTTP_BAD_METHOD;
}

/* Takes " HTTP/1.x" off the end of *rest. */
static enum http_verdict version_parse(struct slice *rest, uint8_t *ret_minor)
{
	if (rest->len == 0 || !memchr(rest->data, ' ', rest->len))
		return HTTP_BAD_REQUEST_LINE; /* HTTP/0.9, or no HTTP at all */
	if (rest->len < VERSION_BYTES)
		return HTTP_BAD_VERSION;
	const char *v = rest->data + rest->len - VERSION_BYTES;
	if (memcmp(v, " HTTP/", 6) != 0 || !http_char_is(v[6], HTTP_DIGIT) || v[7] != '.' ||
		!http_char_is(v[8], HTTP_DIGIT))
		return HTTP_BAD_VERSION;
	if (v[6] != '1' || v[8] > '1')
		return HTTP_VERSION_UNSUPPORTED;
	*ret_minor = (uint8_t)(v[8] - '0');
	rest->len -= VERSION_BYTES;
	return HTTP_OK;
}

static enum http_verdict request_line_parse(
	struct slice line, const struct http_head_limits *limits, struct http_request_head *head)
{
	const char *space = memchr(line.data, ' ', line.len);

	if (!space)
		return HTTP_BAD_REQUEST_LINE;
	head->method_text = slice_of(line.data, (size_t)(space - line.data));
	head->method = method_identify(head->method_text);

	struct slice rest = slice_from(line, head->method_text.len + 1);
	enum http_verdict verdict = version_parse(&rest, &head->minor_version);
	if (verdict != HTTP_OK)
		return verdict;
	if (slice_eq(head->method_text, SLICE_LIT("TRACE")))
		return HTTP_METHOD_REFUSED; /* it would show the client what we add for the upstream */
	if (head->method == HTTP_METHOD_CONNECT)
		return http_target_parse_connect(rest, limits->host_bytes, &head->target);
	return http_target_parse(rest, limits->host_bytes, &head->target);
}

/* What the fields say, collected before they are weighed against each other. */
struct field_facts {
	const struct http_field *only[HTTP_FIELD_COUNT]; /* the fields that may come once, where they came */
	unsigned proxy_options;                          /* Proxy-Connection's */
	unsigned option_count;
};

static enum http_verdict facts_collect(struct http_request_head *head, struct field_facts *facts)
{
	for (unsigned i = 0; i < head->field_count; i++) {
		const struct http_field *field = &head->fields[i];
		unsigned *options = &head->connection_options;
		switch (field->id) {
		case HTTP_FIELD_OTHER: continue;
		case HTTP_FIELD_PROXY_CONNECTION: options = &facts->proxy_options; /* fall through */
		case HTTP_FIELD_CONNECTION:
			if (!http_connection_read(field->value, options, &facts->option_count))
				return HTTP_BAD_CONNECTION;
			continue;
		case HTTP_FIELD_HOST:
		case HTTP_FIELD_EXPECT:
		case HTTP_FIELD_UPGRADE:
		case HTTP_FIELD_CONTENT_LENGTH:
		case HTTP_FIELD_TRANSFER_ENCODING:
		case HTTP_FIELD_PROXY_AUTHORIZATION:
			if (facts->only[field->id])
				return field->id == HTTP_FIELD_HOST ? HTTP_HOST_REPEATED
								    : HTTP_FIELD_REPEATED;
			facts->only[field->id] = field;
			continue;
		default: continue; /* hop-by-hop: head_rewrite leaves them behind */
		}
	}
	/* Proxy-Connection is no standard; of it only the word on persistence counts. */
	head->connection_options |=
		facts->proxy_options & (HTTP_CONNECTION_CLOSE | HTTP_CONNECTION_KEEP_ALIVE);
	return HTTP_OK;
}

/* RFC 9112 section 3.2: exactly one Host in HTTP/1.1, and a well-formed one. What it names does not count: in
 * a request to a proxy the target decides (section 3.2.2), and only the target's host is sent on. Clients
 * that fill in the proxy's own name there, as Node does, are no danger. */
static enum http_verdict host_check(const struct http_request_head *head, const struct http_field *field,
	const struct http_head_limits *limits)
{
	struct http_authority host;

	if (!field)
		return head->minor_version == 0 ? HTTP_OK : HTTP_HOST_MISSING;
	if (slice_eq(field->value, head->target.authority_text))
		return HTTP_OK;
	if (http_authority_parse(field->value, limits->host_bytes, HTTP_PORT_OPTIONAL, &host) != HTTP_OK)
		return HTTP_BAD_HOST;
	return HTTP_OK;
}

/* RFC 9112 section 6.3, without its repairs: whatever two readers could understand differently is refused. */
static enum http_verdict framing_decide(struct http_request_head *head, const struct field_facts *facts)
{
	const struct http_field *length = facts->only[HTTP_FIELD_CONTENT_LENGTH];
	const struct http_field *coding = facts->only[HTTP_FIELD_TRANSFER_ENCODING];

	if (coding && (head->minor_version == 0 || !HTTP_TOKEN_IS(coding->value, "chunked")))
		return HTTP_BAD_TRANSFER_ENCODING;
	if (length && !http_content_length_parse(length->value, &head->body.length))
		return HTTP_BAD_CONTENT_LENGTH;
	if (coding && length)
		return HTTP_LENGTH_AND_CODING;
	if (head->method == HTTP_METHOD_CONNECT) {
		/* WinINet sends "Content-Length: 0" with CONNECT; that announces nothing. */
		return coding || head->body.length > 0 ? HTTP_CONNECT_WITH_BODY : HTTP_OK;
	}
	head->body.kind = coding ? BODY_CHUNKED : length ? BODY_LENGTH : BODY_NONE;
	return HTTP_OK;
}

/* h2c would turn the connection into one that hides further requests from us; such an offer may be ignored.
 */
static bool offers_h2c(struct slice upgrade)
{
	struct slice protocol;

	while (http_list_next(&upgrade, &protocol))
		if (protocol.len >= 3 && slice_eq_icase(slice_of(protocol.data, 3), SLICE_LIT("h2c")))
			return true;
	return false;
}

static enum http_verdict options_decide(struct http_request_head *head, const struct field_facts *facts)
{
	const struct http_field *expect = facts->only[HTTP_FIELD_EXPECT];
	const struct http_field *upgrade = facts->only[HTTP_FIELD_UPGRADE];
	const struct http_field *authorization = facts->only[HTTP_FIELD_PROXY_AUTHORIZATION];
	bool is_11 = head->minor_version == 1;

	/* RFC 9110 section 10.1.1: an HTTP/1.0 client's expectation is ignored. */
	if (expect && is_11) {
		if (!HTTP_TOKEN_IS(expect->value, "100-continue"))
			return HTTP_EXPECT_UNKNOWN;
		head->expects_continue = head->body.kind != BODY_NONE;
	}
	if (upgrade && is_11 && (head->connection_options & HTTP_CONNECTION_UPGRADE) &&
		upgrade->value.len > 0 && head->method != HTTP_METHOD_CONNECT && !offers_h2c(upgrade->value))
		head->upgrade = upgrade->value;
	if (authorization)
		head->proxy_authorization = authorization->value;
	if (head->connection_options & HTTP_CONNECTION_CLOSE)
		head->persistence = HTTP_CLOSE;
	else
		head->persistence = is_11 || (head->connection_options & HTTP_CONNECTION_KEEP_ALIVE)
					    ? HTTP_KEEP_ALIVE
					    : HTTP_CLOSE;
	return HTTP_OK;
}

static enum http_verdict head_judge(struct http_request_head *head, const struct http_head_limits *limits)
{
	struct field_facts facts = {0};

	enum http_verdict verdict = facts_collect(head, &facts);
	if (verdict == HTTP_OK)
		verdict = host_check(head, facts.only[HTTP_FIELD_HOST], limits);
	if (verdict == HTTP_OK)
		verdict = framing_decide(head, &facts);
	if (verdict == HTTP_OK)
		verdict = options_decide(head, &facts);
	return verdict;
}

/* The fields array, 4 KiB, is left alone: only field_count of it are ever read. */
static void head_reset(struct http_request_head *head)
{
	memset(head, 0, offsetof(struct http_request_head, fields));
	head->target.form = HTTP_TARGET_OTHER;
}

/* No line is complete: may the pending one still become good? */
static enum http_verdict pending_check(
	struct slice bytes, const struct http_head_limits *limits, const struct http_head_scan *scan)
{
	size_t pending_bytes = bytes.len - scan->line_start;

	if (scan->lines == 0 && pending_bytes > limits->line_bytes + 1u) /* its CR may be among them */
		return HTTP_LINE_TOO_LONG;
	return bytes.len > limits->head_bytes ? HTTP_HEAD_TOO_LARGE : HTTP_NEED_MORE;
}

/* Steps over one CRLF before the request line and looks at the method as far as it is there. */
static enum http_verdict start_check(struct slice bytes, struct http_head_scan *scan)
{
	if (scan->line_start == 0 && bytes.len > 0 && bytes.data[0] == '\r') {
		if (bytes.len == 1)
			return HTTP_NEED_MORE;
		if (bytes.data[1] != '\n')
			return HTTP_NOT_HTTP;
		scan->line_start = scan->scanned = 2;
	}
	if (scan->scanned - scan->line_start > HTTP_METHOD_BYTES_MAX)
		return HTTP_OK; /* looked at before */
	return method_check(bytes, scan->line_start);
}

static enum http_verdict request_lines_parse(struct slice bytes, const struct http_head_limits *limits,
	struct http_head_scan *scan, struct http_request_head *head)
{
	struct http_field scratch;
	struct slice line;

	if (scan->lines == 0) {
		enum http_verdict verdict = start_check(bytes, scan);
		if (verdict != HTTP_OK)
			return verdict;
	}
	bool keeps_fields = scan->lines == 0;
	for (;;) {
		enum http_verdict verdict = http_head_next_line(bytes, HTTP_FIELDS_STRICT, scan, &line);
		if (verdict == HTTP_NEED_MORE)
			return pending_check(bytes, limits, scan);
		if (scan->lines == 1 && line.len > limits->line_bytes)
			return HTTP_LINE_TOO_LONG;
		if (scan->line_start > limits->head_bytes)
			return HTTP_HEAD_TOO_LARGE;
		if (verdict != HTTP_OK)
			return verdict;
		if (scan->lines == 1) {
			verdict = request_line_parse(line, limits, head);
		} else if (line.len == 0) {
			head->field_count = scan->lines - 2u;
			head->head_bytes = scan->line_start;
			return HTTP_OK;
		} else {
			unsigned index = scan->lines - 2u;
			if (index >= limits->fields)
				return HTTP_TOO_MANY_FIELDS;
			verdict = http_field_line_parse(
				line, HTTP_FIELDS_STRICT, keeps_fields ? &head->fields[index] : &scratch);
		}
		if (verdict != HTTP_OK)
			return verdict;
	}
}

enum http_verdict http_request_head_parse(struct slice bytes, const struct http_head_limits *limits,
	struct http_head_scan *scan, struct http_request_head *ret_head)
{
	struct http_head_scan again = {0};
	bool in_one_piece = scan->lines == 0;

	ensure(limits->fields <= HTTP_REQUEST_FIELDS_MAX && limits->line_bytes + 2 <= limits->head_bytes);
	if (bytes.len > limits->head_bytes + 1u)
		bytes.len = limits->head_bytes + 1u; /* a head that has not ended by then is too large */
	head_reset(ret_head);
	enum http_verdict verdict = request_lines_parse(bytes, limits, scan, ret_head);
	if (!in_one_piece && verdict != HTTP_NEED_MORE) {
		/* Only the last lines were seen this time. The same bytes give the same verdict once more. */
		verdict = request_lines_parse(bytes, limits, &again, ret_head);
	}
	return verdict == HTTP_OK ? head_judge(ret_head, limits) : verdict;
}
