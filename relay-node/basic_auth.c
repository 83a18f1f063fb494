/* basic_auth.c: see basic_auth.h. */
#include "relay-node/basic_auth.h"

#include <string.h>

#include "relay-node/http_chars.h"
#include "shared/base/ensure.h"

/* 64 = '=' or no base64 character at all. */
static unsigned base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0' + 52);
	return c == '+' ? 62 : c == '/' ? 63 : 64;
}

/* RFC 4648 section 4, nothing lenient. False also when more than `size` bytes would come out. */
static bool base64_decode(struct slice text, char *dst, size_t size, size_t *ret_len)
{
	size_t padding = 0, len = 0;
	uint32_t bits = 0;

	if (text.len == 0 || text.len % 4 != 0)
		return false;
	while (padding < 2 && text.data[text.len - 1 - padding] == '=')
		padding++;
	if (text.len / 4 * 3 - padding > size)
		return false;
	for (size_t i = 0; i < text.len - padding; i++) {
		unsigned value = base64_value(text.data[i]);
		if (value > 63)
			return false;
		bits = bits << 6 | value;
		if (i % 4 > 0)
			dst[len++] = (char)(bits >> (6 - 2 * (i % 4)));
	}
	/* What is left of the last character's bits must be zero: one secret, one spelling. */
	if ((padding == 1 && (bits & 0x3)) || (padding == 2 && (bits & 0xf)))
		return false;
	*ret_len = len;
	return true;
}

static bool has_control_character(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.data[i] < 0x20 || s.data[i] == 0x7f)
			return true;
	return false;
}

enum basic_auth_verdict basic_auth_parse(struct slice value, struct basic_auth *ret_auth)
{
	const char *end = value.data + value.len;
	const char *space = value.len > 0 ? http_skip(value.data, end, HTTP_TOKEN) : end;
	struct slice scheme = slice_of(value.data, (size_t)(space - value.data));
	size_t len;

	ensure(ret_auth);
	basic_auth_wipe(ret_auth);
	if (value.len == 0)
		return BASIC_AUTH_BAD;
	if (!HTTP_TOKEN_IS(scheme, "basic"))
		return scheme.len > 0 ? BASIC_AUTH_OTHER_SCHEME : BASIC_AUTH_BAD;
	while (space < end && *space == ' ')
		space++;
	if (!base64_decode(
		    slice_of(space, (size_t)(end - space)), ret_auth->text, sizeof(ret_auth->text), &len))
		goto bad;
	const char *colon = memchr(ret_auth->text, ':', len);
	if (!colon || has_control_character(slice_of(ret_auth->text, len)))
		goto bad;
	ret_auth->user_len = (uint16_t)(colon - ret_auth->text);
	ret_auth->password_len = (uint16_t)(len - ret_auth->user_len - 1);
	return BASIC_AUTH_OK;
bad:
	basic_auth_wipe(ret_auth);
	return BASIC_AUTH_BAD;
}

struct slice basic_auth_user(const struct basic_auth *auth)
{
	return slice_of(auth->text, auth->user_len);
}

struct slice basic_auth_password(const struct basic_auth *auth)
{
	return slice_of(auth->text + auth->user_len + 1, auth->password_len);
}

void basic_auth_wipe(struct basic_auth *auth)
{
	if (auth)
		explicit_bzero(auth, sizeof(*auth));
}
