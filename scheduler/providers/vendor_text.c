/* vendor_text.c: see vendor_text.h. */
#include "scheduler/providers/vendor_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "shared/base/utf8.h"
#include "shared/model/printable.h"

void vendor_url_escape(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			(c && strchr("-._~", c)))
			buf_append_char(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

void vendor_text_copy(struct slice text, struct slice secret, char *dst, size_t size)
{
	size_t used = 0;

	while (text.len > 0) {
		size_t len = utf8_char_bytes(text), chars;
		struct slice piece = slice_of(text.data, len);

		if (secret.len > 0 && slice_has_prefix(text, secret)) {
			piece = SLICE_LIT("***");
			len = secret.len;
		} else if (len == 0 || !printable_check(piece, PRINTABLE_ONE_LINE, &chars)) {
			piece = SLICE_LIT(" ");
			len = len ? len : 1;
		}
		if (used + piece.len >= size)
			break;
		memcpy(dst + used, piece.data, piece.len);
		used += piece.len;
		text = slice_from(text, len);
	}
	dst[used] = '\0';
}

bool vendor_number(const struct json *object, const char *name, uint64_t *ret_value)
{
	const struct json *value = json_member(object, name);
	struct slice text;
	double d;

	if (!value)
		return false;
	if (json_str(value, &text)) {
		text = slice_trim(text, " ");
		slice_cut(text, '.', &text, &(struct slice){0});
		return slice_parse_u64(text, ret_value);
	}
	/* 2^53: beyond it a double does not name one integer any more. */
	if (!json_double(value, &d) || !isfinite(d) || d < 0 || d > 9007199254740992.0)
		return false;
	*ret_value = (uint64_t)d;
	return true;
}

struct slice vendor_string(const struct json *object, const char *name)
{
	const struct json *value = json_member(object, name);
	struct slice text;

	return value && json_str(value, &text) ? text : SLICE_NONE;
}

bool vendor_credential_ok(struct slice text)
{
	if (text.len >= PROVIDER_USER_BYTES)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < 0x21 || (unsigned char)text.data[i] > 0x7e)
			return false;
	return true;
}

/* "ip:port:user:pass" → its three parts. Only IPv4: with IPv6 the colons would mean two things. */
static bool cut_credentials(
	struct slice text, struct slice *ret_address, struct slice *ret_user, struct slice *ret_pass)
{
	struct slice host, port, rest;

	if (!slice_cut(text, ':', &host, &rest) || !slice_cut(rest, ':', &port, &rest) ||
		!slice_cut(rest, ':', ret_user, ret_pass))
		return false;
	*ret_address = slice_of(text.data, host.len + 1 + port.len);
	return true;
}

bool vendor_upstream_read(
	struct slice text, enum address_policy policy, struct vendor_upstream *ret_upstream, struct err *err)
{
	struct vendor_upstream up = {.user = SLICE_NONE, .pass = SLICE_NONE};
	struct slice address = text;
	struct host_port hp;

	if (text.len == 0 || text.len >= 2 * PROVIDER_USER_BYTES + PROVIDER_ADDRESS_BYTES)
		return err_set(err, ERR_PROTOCOL, "the upstream is empty or too long");
	if (text.data[0] != '[' && cut_credentials(text, &address, &up.user, &up.pass) &&
		(!vendor_credential_ok(up.user) || !vendor_credential_ok(up.pass) ||
			memchr(up.user.data, ':', up.user.len)))
		return err_set(
			err, ERR_PROTOCOL, "the upstream's user or password has characters it may not have");
	if (!host_port_parse(address, &hp) || !ip_addr_parse(hp.host, &up.addr))
		return err_set(err, ERR_PROTOCOL, "the upstream is not a literal address and port");
	if (policy == ADDRESS_PUBLIC_ONLY && !ip_addr_is_public(&up.addr))
		return err_set(
			err, ERR_PROTOCOL, "the upstream %.*s is not a public address", SLICE_ARG(hp.host));
	up.port = hp.port;
	*ret_upstream = up;
	return true;
}

void vendor_upstream_text(const struct vendor_upstream *upstream, char dst[PROVIDER_ADDRESS_BYTES])
{
	char ip[IP_TEXT_BYTES];

	ip_addr_text(&upstream->addr, ip);
	snprintf(dst, PROVIDER_ADDRESS_BYTES, ip_addr_is_v4(&upstream->addr) ? "%s:%u" : "[%s]:%u", ip,
		upstream->port);
}

/* Where `part` starts in `text` (ASCII letters in any case), or text.len. */
static size_t find_icase(struct slice text, const char *part)
{
	size_t len = strlen(part);

	for (size_t i = 0; i + len <= text.len; i++)
		if (strncasecmp(text.data + i, part, len) == 0)
			return i;
	return text.len;
}

bool vendor_text_has(struct slice text, const char *part)
{
	return find_icase(text, part) < text.len;
}

bool vendor_text_number(struct slice text, const char *before, const char *after, uint64_t *ret_value)
{
	size_t at;

	while ((at = find_icase(text, before)) < text.len) {
		size_t digits = 0;

		text = slice_from(text, at + strlen(before));
		while (digits < text.len && text.data[digits] >= '0' && text.data[digits] <= '9')
			digits++;
		if (digits > 0 && digits < 10 && find_icase(slice_from(text, digits), after) == 0 &&
			text.len > digits)
			return slice_parse_u64(slice_of(text.data, digits), ret_value);
	}
	return false;
}
