/* validate_upstream.c: the URL of a fixed upstream; see validate.h. Strict on purpose: what is odd is
 * refused, since a wrong reading would send a user's traffic, or credentials, somewhere else. */
#include "shared/model/validate.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* One character off the front, %XX decoded; printable ASCII only, since it goes into a header. */
static bool take_char(struct slice *rest, char *ret)
{
	size_t len = 1;
	int c = (unsigned char)rest->data[0];

	if (c == '%') {
		int high = rest->len >= 3 ? hex_digit(rest->data[1]) : -1;
		int low = rest->len >= 3 ? hex_digit(rest->data[2]) : -1;

		if (high < 0 || low < 0)
			return false;
		c = high << 4 | low;
		len = 3;
	}
	*rest = slice_from(*rest, len);
	*ret = (char)c;
	return c > ' ' && c <= '~';
}

static bool decode(struct slice text, char dst[UPSTREAM_CREDENTIAL_MAX_BYTES + 1])
{
	size_t len = 0;

	while (text.len > 0) {
		if (len == UPSTREAM_CREDENTIAL_MAX_BYTES || !take_char(&text, &dst[len]))
			return false;
		len++;
	}
	dst[len] = '\0';
	return true;
}

/* "user:pass"; the user name must not hold a colon even when encoded, since Basic authentication could not
 * tell. */
static bool read_credentials(struct slice text, struct upstream_url *upstream)
{
	struct slice user, password;

	slice_cut(text, ':', &user, &password);
	if (user.len == 0 || !decode(user, upstream->user) || !decode(password, upstream->password))
		return false;
	for (const char *c = upstream->user; *c; c++)
		if (*c == ':')
			return false;
	return true;
}

bool validate_upstream(struct slice text, enum upstream_policy policy, struct upstream_url *ret_upstream,
	struct field_err *err)
{
	struct upstream_url upstream = {0};
	struct slice scheme = SLICE_LIT("http://"), credentials, authority;
	struct host_port hp;

	if (!slice_has_prefix(text, scheme))
		return field_err_set(err, "upstream", "err.upstream_url");
	authority = slice_from(text, scheme.len);
	if (slice_has_suffix(authority, SLICE_LIT("/")))
		authority.len--;
	if (slice_cut(authority, '@', &credentials, &authority)) {
		if (!read_credentials(credentials, &upstream))
			return field_err_set(err, "upstream", "err.upstream_url");
	} else {
		authority = credentials; /* there was no '@': all of it is the address */
	}
	if (!host_port_parse(authority, &hp))
		return field_err_set(err, "upstream", "err.upstream_url");
	if (!ip_addr_parse(hp.host, &upstream.addr)) {
		field_err_set(err, "upstream", "err.upstream_name");
		return field_err_value(err, hp.host);
	}
	if (policy == UPSTREAM_PUBLIC_ONLY && !ip_addr_is_public(&upstream.addr)) {
		field_err_set(err, "upstream", "err.upstream_private");
		return field_err_value(err, hp.host);
	}
	upstream.port = hp.port;
	*ret_upstream = upstream;
	return true;
}
