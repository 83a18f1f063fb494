/* head_response.c: see head_response.h. The same two steps as head_http.c: lines in order, then their
 * meaning. */
#include "relay-node/head_response.h"

#include <string.h>

#include "relay-node/http_chars.h"

enum { STATUS_LINE_PREFIX_BYTES = sizeof("HTTP/1.1 200") - 1 };

/* "HTTP/1.x NNN reason". The space behind the status is taken as optional, as many servers leave it out with
 * the reason. The version is case-sensitive (RFC 9112 section 2.3). */
static enum http_verdict status_line_parse(struct slice line, struct http_response_head *head)
{
	const char *p = line.data;

	if (line.len < STATUS_LINE_PREFIX_BYTES || memcmp(p, "HTTP/1.", 7) != 0 ||
		(p[7] != '0' && p[7] != '1') || p[8] != ' ')
		return HTTP_RESPONSE_BAD_LINE;
	if (p[9] < '1' || p[9] > '9' || !http_char_is(p[10], HTTP_DIGIT) || !http_char_is(p[11], HTTP_DIGIT))
		return HTTP_RESPONSE_BAD_LINE;
	struct slice rest = slice_from(line, STATUS_LINE_PREFIX_BYTES);
	if (rest.len > 0 && rest.data[0] != ' ')
		return HTTP_RESPONSE_BAD_LINE;
	if (rest.len > 0 && http_skip_value(rest.data, rest.data + rest.len) != rest.data + rest.len)
		return HTTP_RESPONSE_BAD_LINE;
	head->minor_version = (uint8_t)(p[7] - '0');
	head->status = (uint16_t)((p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0'));
	head->reason = http_trim(rest);
	return HTTP_OK;
}

/* No need to wait for the end of a line that cannot become a status line. */
static bool may_be_status_line(struct slice bytes)
{
	static const char prefix[] = "HTTP/1.";
	size_t len = bytes.len < sizeof(prefix) - 1 ? bytes.len : sizeof(prefix) - 1;

	return len == 0 || memcmp(bytes.data, prefix, len) == 0;
}

static bool is_success(unsigned status)
{
	return status >= 200 && status <= 299;
}

/* RFC 9112 section 6.3, rules 1 and 2: no body, whatever the fields say. */
static bool has_no_body(const struct http_response_head *head, enum http_method request_method)
{
	if (request_method == HTTP_METHOD_CONNECT && is_success(head->status))
		return true;
	return request_method == HTTP_METHOD_HEAD || head->status < 200 || head->status == 204 ||
	       head->status == 304;
}

/* What of the fields decides about the body. */
struct framing_facts {
	struct slice length; /* the one value, however often it was repeated; data == NULL when absent */
	struct slice coding;
	unsigned coding_count;
	bool lengths_differ;
};

static void framing_note(struct framing_facts *facts, const struct http_field *field)
{
	if (field->id == HTTP_FIELD_TRANSFER_ENCODING) {
		facts->coding = field->value;
		facts->coding_count++;
	} else if (!facts->length.data) {
		facts->length = field->value;
	} else if (!slice_eq(facts->length, field->value)) {
		facts->lengths_differ = true;
	}
}

static enum http_verdict framing_decide(
	struct http_response_head *head, const struct framing_facts *facts, enum http_method request_method)
{
	/* RFC 9112 section 6.3 rule 2: behind a CONNECT's success the tunnel begins; both fields mean
	 * nothing. */
	if (request_method == HTTP_METHOD_CONNECT && is_success(head->status))
		return HTTP_OK;
	if (facts->coding_count > 0 && (facts->coding_count > 1 || head->minor_version == 0 ||
					       !HTTP_TOKEN_IS(facts->coding, "chunked")))
		return HTTP_RESPONSE_BAD_CODING;
	if (facts->length.data) {
		if (facts->lengths_differ || facts->coding_count > 0 ||
			!http_content_length_parse(facts->length, &head->content_length))
			return HTTP_RESPONSE_BAD_LENGTH;
		head->has_content_length = head->status >= 200 && head->status != 204;
	}
	if (has_no_body(head, request_method))
		head->body.kind = BODY_NONE;
	else if (facts->coding_count > 0)
		head->body.kind = BODY_CHUNKED;
	else if (facts->length.data)
		head->body = (struct body_plan){BODY_LENGTH, head->content_length};
	else
		head->body.kind = BODY_UNTIL_CLOSE;
	return HTTP_OK;
}

static void persistence_decide(struct http_response_head *head)
{
	bool keeps = head->minor_version == 1 || (head->connection_options & HTTP_CONNECTION_KEEP_ALIVE);

	if ((head->connection_options & HTTP_CONNECTION_CLOSE) || head->body.kind == BODY_UNTIL_CLOSE ||
		head->status == 101)
		keeps = false;
	head->persistence = keeps ? HTTP_KEEP_ALIVE : HTTP_CLOSE;
}

static enum http_verdict head_judge(
	struct http_response_head *head, const struct http_response_context *context)
{
	struct framing_facts facts = {0};
	unsigned proxy_options = 0, option_count = 0;

	for (unsigned i = 0; i < head->field_count; i++) {
		const struct http_field *field = &head->fields[i];
		unsigned *options = &head->connection_options;
		switch (field->id) {
		case HTTP_FIELD_PROXY_CONNECTION: options = &proxy_options; /* fall through */
		case HTTP_FIELD_CONNECTION:
			if (!http_connection_read(field->value, options, &option_count))
				return HTTP_RESPONSE_BAD_FIELD;
			break;
		case HTTP_FIELD_TRANSFER_ENCODING:
		case HTTP_FIELD_CONTENT_LENGTH: framing_note(&facts, field); break;
		case HTTP_FIELD_UPGRADE:
			if (head->status == 101)
				head->upgrade = field->value;
			break;
		case HTTP_FIELD_PROXY_AUTHENTICATE: head->has_proxy_authenticate = true; break;
		default: break;
		}
	}
	head->connection_options |= proxy_options & (HTTP_CONNECTION_CLOSE | HTTP_CONNECTION_KEEP_ALIVE);
	if (head->status == 101 && (!context->upgrade_sent || head->upgrade.len == 0))
		return HTTP_RESPONSE_BAD_UPGRADE;
	enum http_verdict verdict = framing_decide(head, &facts, context->request_method);
	if (verdict == HTTP_OK)
		persistence_decide(head);
	return verdict;
}

static enum http_verdict response_lines_parse(struct slice bytes, enum http_field_dialect dialect,
	struct http_head_scan *scan, struct http_response_head *head)
{
	bool keeps_fields = scan->lines == 0;
	struct http_field scratch;
	struct slice line;

	if (scan->lines == 0 && !may_be_status_line(bytes))
		return HTTP_RESPONSE_BAD_LINE;
	for (;;) {
		enum http_verdict verdict = http_head_next_line(bytes, dialect, scan, &line);
		if (verdict == HTTP_NEED_MORE)
			return bytes.len > HTTP_RESPONSE_HEAD_BYTES_MAX ? HTTP_RESPONSE_TOO_LARGE
									: HTTP_NEED_MORE;
		if (scan->line_start > HTTP_RESPONSE_HEAD_BYTES_MAX)
			return HTTP_RESPONSE_TOO_LARGE;
		if (verdict != HTTP_OK)
			return HTTP_RESPONSE_BAD_FIELD;
		if (scan->lines == 1) {
			if (status_line_parse(line, head) != HTTP_OK)
				return HTTP_RESPONSE_BAD_LINE;
			continue;
		}
		unsigned index = scan->lines - 2u;
		if (line.len == 0) {
			head->field_count = index;
			head->head_bytes = scan->line_start;
			return HTTP_OK;
		}
		if (index >= HTTP_RESPONSE_FIELDS_MAX)
			return HTTP_RESPONSE_TOO_LARGE;
		if (http_field_line_parse(line, dialect, keeps_fields ? &head->fields[index] : &scratch) !=
			HTTP_OK)
			return HTTP_RESPONSE_BAD_FIELD;
	}
}

enum http_verdict http_response_head_parse(struct slice bytes, const struct http_response_context *context,
	struct http_head_scan *scan, struct http_response_head *ret_head)
{
	struct http_head_scan again = {0};
	bool in_one_piece = scan->lines == 0;
	bool tolerant = context->bare_lf_taken && context->request_method == HTTP_METHOD_CONNECT;
	enum http_field_dialect dialect = tolerant ? HTTP_FIELDS_TUNNEL_ANSWER : HTTP_FIELDS_RESPONSE;

	if (bytes.len > HTTP_RESPONSE_HEAD_BYTES_MAX + 1)
		bytes.len = HTTP_RESPONSE_HEAD_BYTES_MAX + 1;
	memset(ret_head, 0, offsetof(struct http_response_head, fields));
	enum http_verdict verdict = response_lines_parse(bytes, dialect, scan, ret_head);
	if (!in_one_piece && verdict != HTTP_NEED_MORE)
		verdict = response_lines_parse(bytes, dialect, &again, ret_head);
	return verdict == HTTP_OK ? head_judge(ret_head, context) : verdict;
}
