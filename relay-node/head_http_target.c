/* head_http_target.c: see head_http_target.h. */
#include "relay-node/head_http_target.h"

#include <string.h>

#include "relay-node/http_chars.h"
#include "shared/base/ip_addr.h"

enum { LABEL_BYTES_MAX = 63, PORT_DIGITS_MAX = 5, HTTP_DEFAULT_PORT = 80 };

static bool name_is_valid(struct slice name)
{
	const char *p = name.data, *end = name.data + name.len;

	while (p < end) { /* a label and the dot behind it, which the last one may have, too */
		const char *label_end = http_skip(p, end, HTTP_LABEL);
		if (label_end == p || label_end - p > LABEL_BYTES_MAX ||
			(label_end < end && *label_end != '.'))
			return false;
		p = label_end + 1;
	}
	return true;
}

enum http_verdict http_host_parse(struct slice text, size_t max, struct http_authority *ret_authority)
{
	enum http_host_kind kind = HTTP_HOST_NAME;

	if (text.len == 0)
		return HTTP_BAD_TARGET_HOST;
	if (text.data[0] == '[') {
		struct ip_addr addr;
		if (text.len < 2 || text.data[text.len - 1] != ']')
			return HTTP_BAD_TARGET_HOST;
		text = slice_of(text.data + 1, text.len - 2);
		if (!ip_addr_parse(text, &addr) || !memchr(text.data, ':', text.len))
			return HTTP_BAD_TARGET_HOST;
		kind = HTTP_HOST_IPV6;
	} else if (text.len > max || !name_is_valid(text)) {
		return HTTP_BAD_TARGET_HOST;
	}
	*ret_authority = (struct http_authority){.host = text, .kind = kind};
	return HTTP_OK;
}

static bool port_parse(struct slice text, uint16_t *ret_port)
{
	uint32_t port = 0;

	if (text.len == 0 || text.len > PORT_DIGITS_MAX || text.data[0] == '0')
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (!http_char_is(text.data[i], HTTP_DIGIT))
			return false;
		port = port * 10 + (uint32_t)(text.data[i] - '0');
	}
	if (port > UINT16_MAX)
		return false;
	*ret_port = (uint16_t)port;
	return true;
}

enum http_verdict http_authority_parse(
	struct slice text, size_t host_max, enum http_port_rule rule, struct http_authority *ret_authority)
{
	struct slice host = text, port = SLICE_NONE;

	if (text.len > 0 && memchr(text.data, '@', text.len))
		return HTTP_TARGET_USERINFO;
	if (text.len > 0 && text.data[0] == '[') {
		const char *close = memchr(text.data, ']', text.len);
		if (!close)
			return HTTP_BAD_TARGET_HOST;
		host = slice_of(text.data, (size_t)(close - text.data) + 1);
		port = slice_from(text, host.len);
		if (port.len > 0 && port.data[0] != ':')
			return HTTP_BAD_TARGET_HOST;
	} else if (text.len > 0) {
		const char *colon = memchr(text.data, ':', text.len);
		if (colon) {
			host = slice_of(text.data, (size_t)(colon - text.data));
			port = slice_from(text, host.len);
		}
	}

	enum http_verdict verdict = http_host_parse(host, host_max, ret_authority);
	if (verdict != HTTP_OK)
		return verdict;
	if (port.len == 0)
		return rule == HTTP_PORT_OPTIONAL ? HTTP_OK : HTTP_BAD_TARGET_PORT;
	return port_parse(slice_from(port, 1), &ret_authority->port) ? HTTP_OK : HTTP_BAD_TARGET_PORT;
}

enum http_verdict http_target_parse_connect(
	struct slice text, size_t host_max, struct http_target *ret_target)
{
	*ret_target = (struct http_target){.form = HTTP_TARGET_AUTHORITY, .authority_text = text};
	return http_authority_parse(text, host_max, HTTP_PORT_REQUIRED, &ret_target->authority);
}

/* The form of a target that is not a CONNECT's; *ret_rest is what follows "http://". */
static enum http_target_form target_form(struct slice text, struct slice *ret_rest)
{
	if (text.len >= 7 && slice_eq_icase(slice_of(text.data, 7), SLICE_LIT("http://"))) {
		*ret_rest = slice_from(text, 7);
		return HTTP_TARGET_ABSOLUTE;
	}
	if (text.len > 0 && text.data[0] == '/')
		return HTTP_TARGET_ORIGIN;
	if (text.len >= 8 && slice_eq_icase(slice_of(text.data, 8), SLICE_LIT("https://")))
		return HTTP_TARGET_HTTPS;
	return HTTP_TARGET_OTHER;
}

/* "ftp://…" is worth another sentence than "nonsense". */
static bool has_other_scheme(struct slice text)
{
	const char *end = text.data + text.len;
	const char *colon = http_skip(text.data, end, HTTP_TOKEN);

	return colon > text.data && end - colon >= 3 && memcmp(colon, "://", 3) == 0;
}

enum http_verdict http_target_parse(struct slice text, size_t host_max, struct http_target *ret_target)
{
	struct slice rest = SLICE_NONE;

	*ret_target = (struct http_target){.form = HTTP_TARGET_OTHER};
	if (text.len == 0 || http_skip(text.data, text.data + text.len, HTTP_TARGET) != text.data + text.len)
		return HTTP_BAD_TARGET;
	ret_target->form = target_form(text, &rest);
	switch (ret_target->form) {
	case HTTP_TARGET_ORIGIN: return HTTP_ORIGIN_FORM;
	case HTTP_TARGET_HTTPS: return HTTP_HTTPS_ABSOLUTE;
	case HTTP_TARGET_ABSOLUTE: break;
	default: return has_other_scheme(text) ? HTTP_SCHEME_UNSUPPORTED : HTTP_BAD_TARGET;
	}

	size_t authority_len = 0;
	while (authority_len < rest.len && rest.data[authority_len] != '/' && rest.data[authority_len] != '?')
		authority_len++;
	ret_target->authority_text = slice_of(rest.data, authority_len);
	ret_target->path_and_query = slice_from(rest, authority_len);
	enum http_verdict verdict = http_authority_parse(
		ret_target->authority_text, host_max, HTTP_PORT_OPTIONAL, &ret_target->authority);
	if (verdict == HTTP_OK && ret_target->authority.port == 0)
		ret_target->authority.port = HTTP_DEFAULT_PORT;
	return verdict;
}
