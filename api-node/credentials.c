/* credentials.c: see credentials.h. */
#include "api-node/credentials.h"

#include "shared/crypto/token.h"

static bool cookie_value(struct slice cookies, const char *name, struct slice *ret_value)
{
	while (cookies.len > 0) {
		struct slice item, key, value;
		slice_cut(cookies, ';', &item, &cookies);
		slice_cut(slice_trim(item, " \t"), '=', &key, &value);
		if (slice_eq_str(key, name)) {
			*ret_value = value;
			return true;
		}
	}
	return false;
}

enum credentials_kind credentials_token(
	struct slice authorization, struct slice cookies, struct slice *ret_token)
{
	struct slice scheme, token;

	if (authorization.data) {
		if (!slice_cut(authorization, ' ', &scheme, &token) ||
			!slice_eq_icase(scheme, SLICE_LIT("Bearer")))
			return CREDENTIALS_NOT_BEARER;
		token = slice_trim(token, " ");
		if (token.len == 0)
			return CREDENTIALS_NOT_BEARER;
	} else if (!cookie_value(cookies, "session_id", &token) ||
		   slice_has_prefix(token, SLICE_LIT(API_TOKEN_PREFIX))) {
		return CREDENTIALS_NONE; /* API tokens are for programs: none may live in a browser's cookies
					  */
	}
	if (token.len == 0)
		return CREDENTIALS_NONE;
	if (token.len > CREDENTIALS_TOKEN_MAX_BYTES)
		return CREDENTIALS_NOBODYS;
	*ret_token = token;
	return CREDENTIALS_TOKEN;
}

static bool listed(const char *urls, struct slice origin)
{
	struct slice rest = slice_from_str(urls), item;

	while (rest.len > 0) {
		slice_cut(rest, ',', &item, &rest);
		item = slice_trim(item, " ");
		while (item.len > 0 && item.data[item.len - 1] == '/')
			item.len--;
		if (item.len > 0 && slice_eq_icase(item, origin))
			return true;
	}
	return false;
}

bool credentials_origin_allowed(const char *public_urls, struct slice host, struct slice origin)
{
	struct slice origin_host;

	if (listed(public_urls, origin))
		return true;
	if (slice_has_prefix(origin, SLICE_LIT("http://")))
		origin_host = slice_from(origin, 7);
	else if (slice_has_prefix(origin, SLICE_LIT("https://")))
		origin_host = slice_from(origin, 8);
	else
		return false;
	return host.len > 0 && slice_eq_icase(origin_host, host);
}
