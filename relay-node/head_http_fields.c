/* head_http_fields.c: see head_http_fields.h. */
#include "relay-node/head_http_fields.h"

#include <string.h>

#include "relay-node/http_chars.h"

enum { KNOWN_NAME_BYTES_MAX = 25, CONTENT_LENGTH_DIGITS_MAX = 19 };

static const struct slice known_names[HTTP_FIELD_COUNT] = {
#define NAME(id, text) [HTTP_FIELD_##id] = {text, sizeof(text) - 1}
	NAME(TE, "te"),
	NAME(HOST, "host"),
	NAME(EXPECT, "expect"),
	NAME(UPGRADE, "upgrade"),
	NAME(CONNECTION, "connection"),
	NAME(KEEP_ALIVE, "keep-alive"),
	NAME(CONTENT_LENGTH, "content-length"),
	NAME(HTTP2_SETTINGS, "http2-settings"),
	NAME(PROXY_CONNECTION, "proxy-connection"),
	NAME(TRANSFER_ENCODING, "transfer-encoding"),
	NAME(PROXY_AUTHENTICATE, "proxy-authenticate"),
	NAME(PROXY_AUTHORIZATION, "proxy-authorization"),
	NAME(PROXY_AUTHENTICATION_INFO, "proxy-authentication-info"),
#undef NAME
};

/* The first known name of a length; 0 = none. */
static const uint8_t first_of_length[KNOWN_NAME_BYTES_MAX + 1] = {
	[2] = HTTP_FIELD_TE,
	[4] = HTTP_FIELD_HOST,
	[6] = HTTP_FIELD_EXPECT,
	[7] = HTTP_FIELD_UPGRADE,
	[10] = HTTP_FIELD_CONNECTION,
	[14] = HTTP_FIELD_CONTENT_LENGTH,
	[16] = HTTP_FIELD_PROXY_CONNECTION,
	[17] = HTTP_FIELD_TRANSFER_ENCODING,
	[18] = HTTP_FIELD_PROXY_AUTHENTICATE,
	[19] = HTTP_FIELD_PROXY_AUTHORIZATION,
	[25] = HTTP_FIELD_PROXY_AUTHENTICATION_INFO,
};

enum http_field_id http_field_identify(struct slice name)
{
	unsigned id = name.len <= KNOWN_NAME_BYTES_MAX ? first_of_length[name.len] : 0;

	for (; id != 0 && id < HTTP_FIELD_COUNT && known_names[id].len == name.len; id++)
		if (http_token_is(name, known_names[id].data, name.len))
			return (enum http_field_id)id;
	return HTTP_FIELD_OTHER;
}

enum http_verdict http_head_next_line(struct slice bytes, enum http_field_dialect dialect,
	struct http_head_scan *scan, struct slice *ret_line)
{
	const char *start = bytes.data + scan->line_start;
	const char *lf = NULL;

	if (scan->scanned < bytes.len)
		lf = memchr(bytes.data + scan->scanned, '\n', bytes.len - scan->scanned);
	if (!lf) {
		scan->scanned = (uint32_t)bytes.len;
		return HTTP_NEED_MORE;
	}
	scan->scanned = scan->line_start = (uint32_t)(lf + 1 - bytes.data);
	scan->lines++;
	*ret_line = slice_of(start, (size_t)(lf - start));
	if (ret_line->len > 0 && lf[-1] == '\r')
		ret_line->len--;
	else if (dialect != HTTP_FIELDS_TUNNEL_ANSWER)
		return HTTP_BARE_LF;
	return HTTP_OK;
}

enum http_verdict http_field_line_parse(
	struct slice line, enum http_field_dialect dialect, struct http_field *ret_field)
{
	const char *end = line.data + line.len;
	const char *name_end = http_skip(line.data, end, HTTP_TOKEN);
	const char *colon = name_end;

	if (http_char_is(line.data[0], HTTP_BLANK))
		return HTTP_FOLDED_FIELD;
	if (dialect != HTTP_FIELDS_STRICT)
		colon = http_skip(colon, end, HTTP_BLANK);
	if (name_end == line.data || colon == end || *colon != ':')
		return HTTP_BAD_FIELD_NAME;

	const char *stop = http_skip_value(colon + 1, end);
	if (stop != end)
		return *stop == '\r' ? HTTP_BARE_CR : HTTP_BAD_FIELD_VALUE;
	ret_field->name = slice_of(line.data, (size_t)(name_end - line.data));
	ret_field->value = http_trim(slice_of(colon + 1, (size_t)(end - colon - 1)));
	ret_field->id = http_field_identify(ret_field->name);
	return HTTP_OK;
}

static unsigned connection_option(struct slice token)
{
	if (HTTP_TOKEN_IS(token, "close"))
		return HTTP_CONNECTION_CLOSE;
	if (HTTP_TOKEN_IS(token, "keep-alive"))
		return HTTP_CONNECTION_KEEP_ALIVE;
	if (HTTP_TOKEN_IS(token, "upgrade"))
		return HTTP_CONNECTION_UPGRADE;
	return HTTP_CONNECTION_OTHER;
}

bool http_connection_read(struct slice value, unsigned *options, unsigned *count)
{
	while (value.len > 0) {
		struct slice token;
		slice_cut(value, ',', &token, &value);
		token = http_trim(token);
		/* Empty elements count, too: "a,,,,…" would make every search through the list a long one. */
		if (++*count > HTTP_CONNECTION_OPTIONS_MAX)
			return false;
		if (token.len == 0)
			continue;
		if (http_skip(token.data, token.data + token.len, HTTP_TOKEN) != token.data + token.len)
			return false;
		*options |= connection_option(token);
	}
	return true;
}

bool http_connection_names(const struct http_field *fields, unsigned count, struct slice name)
{
	for (unsigned i = 0; i < count; i++) {
		struct slice rest = fields[i].value, token;
		if (fields[i].id != HTTP_FIELD_CONNECTION)
			continue;
		while (http_list_next(&rest, &token))
			if (slice_eq_icase(token, name))
				return true;
	}
	return false;
}

bool http_content_length_parse(struct slice value, uint64_t *ret_length)
{
	uint64_t length = 0;

	if (value.len == 0 || value.len > CONTENT_LENGTH_DIGITS_MAX)
		return false;
	for (size_t i = 0; i < value.len; i++) {
		if (!http_char_is(value.data[i], HTTP_DIGIT))
			return false;
		length = length * 10 + (uint64_t)(value.data[i] - '0'); /* 19 digits fit into 64 bits */
	}
	if (length > INT64_MAX)
		return false;
	*ret_length = length;
	return true;
}
