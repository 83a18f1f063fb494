/* store_url.c: see store_url.h. Strict: what is not understood is refused, so that no part of an address is
 * silently dropped. */
#include "shared/store/store_url.h"

#include <string.h>

#include "shared/base/ip_addr.h"
#include "shared/base/slice.h"

enum { STORE_DEFAULT_PORT = 6379, STORE_MAX_DB = 9999 };

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Copies with %XX decoded. False when it does not fit, a % is not followed by two digits, or a NUL results.
 */
static bool decode(struct slice s, char *dst, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.data[i];
		if (c == '%') {
			if (i + 2 >= s.len || hex_value(s.data[i + 1]) < 0 || hex_value(s.data[i + 2]) < 0)
				return false;
			c = (char)(hex_value(s.data[i + 1]) * 16 + hex_value(s.data[i + 2]));
			i += 2;
		}
		if (c == '\0' || len + 1 >= size)
			return false;
		dst[len++] = c;
	}
	dst[len] = '\0';
	return true;
}

static bool parse_userinfo(struct slice userinfo, struct store_url *url, struct err *err)
{
	struct slice user, password;

	if (!slice_cut(userinfo, ':', &user, &password))
		return err_set(
			err, ERR_INVALID, "REDIS_URL: before @ there must be user:password or :password");
	if (!decode(user, url->user, sizeof(url->user)))
		return err_set(err, ERR_INVALID, "REDIS_URL: the user is too long or has a wrong %% escape");
	if (!decode(password, url->password, sizeof(url->password)) || !url->password[0])
		return err_set(err, ERR_INVALID,
			"REDIS_URL: the password is empty, too long or has a wrong %% escape");
	return true;
}

/* host, host:port, [v6], [v6]:port */
static bool parse_host(struct slice text, struct store_url *url, struct err *err)
{
	struct host_port hp;
	struct slice host = text;

	url->port = STORE_DEFAULT_PORT;
	if (host_port_parse(text, &hp)) {
		host = hp.host;
		url->port = hp.port;
	} else if (text.len > 2 && text.data[0] == '[' && text.data[text.len - 1] == ']') {
		host = slice_of(text.data + 1, text.len - 2);
	} else if (memchr(text.data, ':', text.len)) {
		return err_set(err, ERR_INVALID, "REDIS_URL: \"%.*s\" is no host:port", SLICE_ARG(text));
	}
	if (host.len == 0 || !slice_copy(host, url->host, sizeof(url->host)))
		return err_set(err, ERR_INVALID, "REDIS_URL: the host is empty or too long");
	return true;
}

static bool parse_scheme(struct slice *text, struct err *err)
{
	if (slice_has_prefix(*text, SLICE_LIT("rediss://")))
		return err_set(err, ERR_INVALID,
			"REDIS_URL: rediss:// needs a build with TLS for Redis, which this one is not; use redis:// "
			"inside a private network");
	if (slice_has_prefix(*text, SLICE_LIT("redis+sentinel://")))
		return err_set(err, ERR_INVALID,
			"REDIS_URL: redis+sentinel:// is not built yet; give the master's address as redis://");
	if (!slice_has_prefix(*text, SLICE_LIT("redis://")))
		return err_set(err, ERR_INVALID,
			"REDIS_URL: must look like redis://[user:password@]host[:port][/db]");
	*text = slice_from(*text, strlen("redis://"));
	return true;
}

bool store_url_parse(const char *text, struct store_url *ret_url, struct err *err)
{
	struct store_url url = {0};
	struct slice rest = slice_from_str(text), authority, db, userinfo, host;

	if (!parse_scheme(&rest, err))
		return false;
	slice_cut(rest, '/', &authority, &db);
	const char *at = authority.len ? memrchr(authority.data, '@', authority.len) : NULL;
	host = authority;
	if (at) {
		userinfo = slice_of(authority.data, (size_t)(at - authority.data));
		host = slice_from(authority, userinfo.len + 1);
		if (!parse_userinfo(userinfo, &url, err))
			return false;
	}
	if (host.len == 0)
		return err_set(err, ERR_INVALID, "REDIS_URL: the host is missing");
	if (!parse_host(host, &url, err))
		return false;
	if (db.len && !slice_parse_u32(db, STORE_MAX_DB, &url.db))
		return err_set(
			err, ERR_INVALID, "REDIS_URL: behind the host there may only be a database number");
	*ret_url = url;
	return true;
}
