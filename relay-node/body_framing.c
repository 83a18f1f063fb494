/* body_framing.c: see body_framing.h. A byte-wise machine for chunk lines and trailers; payload is skipped
 * whole. */
#include "relay-node/body_framing.h"

#include <string.h>

#include "relay-node/http_chars.h"
#include "shared/base/ensure.h"

enum { CHUNK_SIZE_DIGITS_MAX = 16 };

enum state {
	STATE_DONE,
	STATE_BAD,
	STATE_UNTIL_CLOSE,
	STATE_LENGTH,
	STATE_CHUNK_SIZE,
	STATE_EXTENSION_NAME, /* at least one token character must come */
	STATE_EXTENSION_NAME_REST,
	STATE_EXTENSION_VALUE, /* a token or a quoted string must come */
	STATE_EXTENSION_VALUE_REST,
	STATE_EXTENSION_QUOTED,
	STATE_EXTENSION_ESCAPED,
	STATE_EXTENSION_UNQUOTED, /* behind the closing quote */
	STATE_CHUNK_SIZE_LF,
	STATE_CHUNK_DATA,
	STATE_CHUNK_DATA_CR,
	STATE_CHUNK_DATA_LF,
	STATE_TRAILER_LINE,
	STATE_TRAILER_NAME,
	STATE_TRAILER_VALUE,
	STATE_TRAILER_LF,
	STATE_LAST_LF,
};

/* RFC 9110 section 6.5.1: what frames, routes or authorises a message must be known before its body. */
static const struct slice forbidden_trailers[] = {
#define NAME(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}
	NAME("te"),
	NAME("host"),
	NAME("expect"),
	NAME("trailer"),
	NAME("upgrade"),
	NAME("connection"),
	NAME("keep-alive"),
	NAME("authorization"),
	NAME("content-length"),
	NAME("content-encoding"),
	NAME("proxy-connection"),
	NAME("transfer-encoding"),
	NAME("proxy-authenticate"),
	NAME("proxy-authorization"),
#undef NAME
};

void body_framing_init(struct body_framing *body, struct body_plan plan)
{
	static const uint8_t first_state[] = {
		[BODY_NONE] = STATE_DONE,
		[BODY_LENGTH] = STATE_LENGTH,
		[BODY_CHUNKED] = STATE_CHUNK_SIZE,
		[BODY_UNTIL_CLOSE] = STATE_UNTIL_CLOSE,
	};

	*body = (struct body_framing){.state = first_state[plan.kind], .bad = HTTP_OK};
	if (plan.kind == BODY_LENGTH)
		body->left = plan.length;
	if (plan.kind == BODY_LENGTH && plan.length == 0)
		body->state = STATE_DONE;
}

static enum state fail(struct body_framing *body, enum http_verdict why)
{
	body->bad = why;
	return STATE_BAD;
}

static enum state step_size(struct body_framing *body, char c)
{
	if (http_char_is(c, HTTP_HEX)) {
		if (++body->digits > CHUNK_SIZE_DIGITS_MAX || body->left > INT64_MAX >> 4)
			return fail(body, HTTP_BAD_CHUNK_SIZE);
		body->left = body->left << 4 | http_hex_value(c);
		return STATE_CHUNK_SIZE;
	}
	if (body->digits == 0)
		return fail(body, HTTP_BAD_CHUNK_SIZE);
	if (c == '\r')
		return STATE_CHUNK_SIZE_LF;
	return c == ';' ? STATE_EXTENSION_NAME : fail(body, HTTP_BAD_CHUNK_SIZE);
}

/* chunk-ext of RFC 9112 section 7.1.1 without its "bad" white space, in which two readers may disagree. */
static enum state step_extension(struct body_framing *body, char c)
{
	bool token = http_char_is(c, HTTP_TOKEN);

	if (++body->extension_bytes > BODY_CHUNK_EXTENSION_BYTES_MAX)
		return fail(body, HTTP_CHUNK_EXTENSION_LIMIT);
	switch (body->state) {
	case STATE_EXTENSION_NAME:
		if (token)
			return STATE_EXTENSION_NAME_REST;
		break;
	case STATE_EXTENSION_VALUE:
		if (token || c == '"')
			return token ? STATE_EXTENSION_VALUE_REST : STATE_EXTENSION_QUOTED;
		break;
	case STATE_EXTENSION_ESCAPED:
		if (http_char_is(c, HTTP_VALUE))
			return STATE_EXTENSION_QUOTED;
		break;
	case STATE_EXTENSION_QUOTED:
		if (c == '"')
			return STATE_EXTENSION_UNQUOTED;
		if (http_char_is(c, HTTP_VALUE))
			return c == '\\' ? STATE_EXTENSION_ESCAPED : STATE_EXTENSION_QUOTED;
		break;
	default: /* inside a name or value, or behind a closing quote: the places where an extension may end
		  */
		if (c == '\r')
			return STATE_CHUNK_SIZE_LF;
		if (c == ';')
			return STATE_EXTENSION_NAME;
		if (c == '=' && body->state == STATE_EXTENSION_NAME_REST)
			return STATE_EXTENSION_VALUE;
		if (token && body->state != STATE_EXTENSION_UNQUOTED)
			return (enum state)body->state;
		break;
	}
	return fail(body, HTTP_BAD_CHUNK_EXTENSION);
}

static bool trailer_is_forbidden(const struct body_framing *body)
{
	struct slice name = slice_of(body->name, body->name_len);

	if (body->name_len == BODY_TRAILER_NAME_KEPT)
		return false; /* longer than all of them */
	for (size_t i = 0; i < ARRAY_LEN(forbidden_trailers); i++)
		if (http_token_is(name, forbidden_trailers[i].data, forbidden_trailers[i].len))
			return true;
	return false;
}

static enum state step_trailer_name(struct body_framing *body, char c)
{
	if (http_char_is(c, HTTP_TOKEN)) {
		if (body->name_len < BODY_TRAILER_NAME_KEPT)
			body->name[body->name_len++] = c;
		return STATE_TRAILER_NAME;
	}
	if (c != ':' || body->name_len == 0)
		return fail(body, HTTP_BAD_TRAILER);
	return trailer_is_forbidden(body) ? fail(body, HTTP_TRAILER_FORBIDDEN) : STATE_TRAILER_VALUE;
}

static enum state step_trailer(struct body_framing *body, char c)
{
	if (++body->trailer_bytes > BODY_TRAILER_BYTES_MAX)
		return fail(body, HTTP_TRAILER_LIMIT);
	switch (body->state) {
	case STATE_TRAILER_LINE:
		if (c == '\r')
			return STATE_LAST_LF;
		if (++body->trailer_fields > BODY_TRAILER_FIELDS_MAX)
			return fail(body, HTTP_TRAILER_LIMIT);
		body->name_len = 0;
		return step_trailer_name(body, c);
	case STATE_TRAILER_NAME: return step_trailer_name(body, c);
	case STATE_TRAILER_VALUE:
		if (http_char_is(c, HTTP_VALUE))
			return STATE_TRAILER_VALUE;
		return c == '\r' ? STATE_TRAILER_LF : fail(body, HTTP_BAD_TRAILER);
	case STATE_TRAILER_LF: return c == '\n' ? STATE_TRAILER_LINE : fail(body, HTTP_BAD_TRAILER);
	default: return c == '\n' ? STATE_DONE : fail(body, HTTP_BAD_TRAILER); /* STATE_LAST_LF */
	}
}

static enum state step(struct body_framing *body, char c)
{
	if (body->state >= STATE_TRAILER_LINE)
		return step_trailer(body, c);
	if (body->state >= STATE_EXTENSION_NAME && body->state <= STATE_EXTENSION_UNQUOTED)
		return step_extension(body, c);
	switch (body->state) {
	case STATE_CHUNK_SIZE: return step_size(body, c);
	case STATE_CHUNK_SIZE_LF:
		if (c != '\n')
			return fail(body, HTTP_BAD_CHUNK_SIZE);
		body->digits = 0;
		return body->left > 0 ? STATE_CHUNK_DATA : STATE_TRAILER_LINE;
	case STATE_CHUNK_DATA_CR: return c == '\r' ? STATE_CHUNK_DATA_LF : fail(body, HTTP_BAD_CHUNK_END);
	default:
		return c == '\n' ? STATE_CHUNK_SIZE
				 : fail(body, HTTP_BAD_CHUNK_END); /* STATE_CHUNK_DATA_LF */
	}
}

uint64_t body_framing_payload_left(const struct body_framing *body)
{
	return body->state == STATE_LENGTH || body->state == STATE_CHUNK_DATA ? body->left : 0;
}

void body_framing_skip(struct body_framing *body, uint64_t n)
{
	ensure(n <= body_framing_payload_left(body));
	if (n == 0)
		return;
	body->left -= n;
	if (body->left == 0)
		body->state = body->state == STATE_LENGTH ? STATE_DONE : STATE_CHUNK_DATA_CR;
}

static enum body_progress progress(const struct body_framing *body)
{
	if (body->state == STATE_DONE)
		return BODY_DONE;
	return body->state == STATE_BAD ? BODY_BAD : BODY_NEED_MORE;
}

enum body_progress body_framing_feed(struct body_framing *body, struct slice bytes, size_t *ret_consumed)
{
	size_t pos = 0;

	while (pos < bytes.len && body->state != STATE_DONE && body->state != STATE_BAD) {
		uint64_t payload = body_framing_payload_left(body);
		if (body->state == STATE_UNTIL_CLOSE) {
			pos = bytes.len;
		} else if (payload > 0) {
			size_t n = payload < bytes.len - pos ? (size_t)payload : bytes.len - pos;
			body_framing_skip(body, n);
			pos += n;
		} else {
			body->state = (uint8_t)step(body, bytes.data[pos]);
			if (body->state != STATE_BAD)
				pos++;
		}
	}
	*ret_consumed = pos;
	return progress(body);
}

enum body_progress body_framing_eof(struct body_framing *body)
{
	if (body->state == STATE_UNTIL_CLOSE)
		body->state = STATE_DONE;
	else if (progress(body) == BODY_NEED_MORE)
		body->state = (uint8_t)fail(body, HTTP_BODY_INCOMPLETE);
	return progress(body);
}

enum http_verdict body_framing_fault(const struct body_framing *body)
{
	return body->bad;
}
