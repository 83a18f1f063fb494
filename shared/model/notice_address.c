/* notice_address.c: where a channel sends to: which addresses are taken, and how they are shown. See
 * notice.h. */
#include <stdio.h>
#include <string.h>

#include "shared/base/ip_addr.h"
#include "shared/model/notice.h"

enum { PORT_DIGITS = 5 };

/* "user@host:8443/path?query" → its host (brackets removed) and the place to show, "host:8443"; false when it
 * is no such URL. */
static bool url_host(struct slice rest, struct slice *ret_host, struct slice *ret_place)
{
	struct slice authority, user, host, port = SLICE_NONE;
	size_t end = 0;

	while (end < rest.len && !strchr("/?#", rest.data[end]))
		end++;
	authority = slice_of(rest.data, end);
	/* The last @ ends the user's part: what comes after it is where the connection goes. */
	while (slice_cut(authority, '@', &user, &host))
		authority = host;
	if (authority.len > 0 && authority.data[0] == '[') {
		if (!slice_cut(slice_from(authority, 1), ']', ret_host, &port))
			return false;
	} else {
		slice_cut(authority, ':', ret_host, &port);
	}
	*ret_place = port.len <= PORT_DIGITS + 1 ? authority : *ret_host;
	return ret_host->len > 0 && ret_host->len <= 253;
}

/* A host that some resolver may take for a number: "127.1", "0x7f000001", "2130706433". */
static bool looks_like_number(struct slice host)
{
	struct slice last = host, head, tail;

	while (slice_cut(last, '.', &head, &tail))
		last = tail;
	return last.len > 0 && last.data[0] >= '0' && last.data[0] <= '9';
}

static bool is_link_local_host(struct slice host)
{
	struct ip_addr addr;

	return ip_addr_parse(host, &addr) && ip_addr_is_link_local(&addr);
}

static bool is_private_host(struct slice host)
{
	struct ip_addr addr;

	if (host.data[host.len - 1] == '.')
		host.len--;
	if (ip_addr_parse(host, &addr))
		return !ip_addr_is_public(&addr);
	if (host.len == 0 || memchr(host.data, ':', host.len) || looks_like_number(host))
		return true;
	return slice_eq_icase(host, SLICE_LIT("localhost")) ||
	       (host.len > 10 && slice_eq_icase(slice_from(host, host.len - 10), SLICE_LIT(".localhost")));
}

const char *notice_url_refusal(struct slice url, enum notice_address policy)
{
	bool https = slice_has_prefix(url, SLICE_LIT("https://"));
	bool http = slice_has_prefix(url, SLICE_LIT("http://"));
	struct slice host, place;

	for (size_t i = 0; i < url.len; i++)
		if ((unsigned char)url.data[i] <= ' ' || (unsigned char)url.data[i] >= 0x7f ||
			strchr("\"\\<>", url.data[i]))
			return "err.notice_url";
	if ((!https && !http) || url.len > NOTICE_URL_MAX_BYTES ||
		!url_host(slice_from(url, https ? 8 : 7), &host, &place))
		return "err.notice_url";
	if (is_link_local_host(host))
		return "err.notice_link_local";
	if (http && policy == NOTICE_ADDRESS_PUBLIC)
		return "err.notice_http";
	if (policy == NOTICE_ADDRESS_PUBLIC && is_private_host(host))
		return "err.notice_private";
	return NULL;
}

void notice_url_shown(struct slice url, char dst[NOTICE_SHOWN_BYTES])
{
	bool https = slice_has_prefix(url, SLICE_LIT("https://"));
	struct slice rest = slice_from(url, https ? 8 : 7), host, place = SLICE_NONE, tail = SLICE_NONE;

	if (!url_host(rest, &host, &place))
		place = SLICE_LIT("?");
	/* A short path would be told whole. */
	if (rest.len > place.len + 16)
		tail = slice_from(rest, rest.len - 4);
	snprintf(dst, NOTICE_SHOWN_BYTES, "%s://%.*s/…%.*s", https ? "https" : "http", SLICE_ARG(place),
		(int)tail.len, tail.data ? tail.data : "");
}

static size_t digits(struct slice text)
{
	size_t n = 0;

	while (n < text.len && text.data[n] >= '0' && text.data[n] <= '9')
		n++;
	return n;
}

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	       c == '-';
}

bool notice_bot_token_ok(struct slice token)
{
	size_t number = digits(token);

	if (number < 1 || number > 20 || token.len < number + 2 || token.len > 128 ||
		token.data[number] != ':')
		return false;
	for (size_t i = number + 1; i < token.len; i++)
		if (!is_word_char(token.data[i]))
			return false;
	return true;
}

void notice_bot_token_shown(struct slice token, char dst[NOTICE_SHOWN_BYTES])
{
	snprintf(dst, NOTICE_SHOWN_BYTES, "%.*s:…", (int)digits(token), token.data);
}

bool notice_chat_id_ok(struct slice chat_id)
{
	struct slice rest = chat_id;

	if (rest.len > 0 && rest.data[0] == '-')
		rest = slice_from(rest, 1);
	if (rest.len > 0 && rest.len <= 20 && digits(rest) == rest.len)
		return true;
	if (chat_id.len < 2 || chat_id.len > 64 || chat_id.data[0] != '@')
		return false;
	for (size_t i = 1; i < chat_id.len; i++)
		if (!is_word_char(chat_id.data[i]))
			return false;
	return true;
}
