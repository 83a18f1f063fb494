/* route.c: see route.h. */
#include "shared/model/route.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/ensure.h"
#include "shared/json/json.h"
#include "shared/model/enum_text.h"

#define X(name, text) [ROUTE_##name] = text,
static const char *const STATE_TEXTS[] = {ROUTE_STATES(X)};
#undef X

enum { ROUTE_DRAIN_SECONDS_DEFAULT = 30, ROUTE_DRAIN_SECONDS_MAX = 3600 };
#define ROUTE_BYTES_MAX (1ull << 53) /* of what a JSON number holds exactly */

static const struct json_limits ROUTE_LIMITS = {.max_bytes = 64 * 1024, .max_depth = 8};

const char *route_state_text(enum route_state state)
{
	ensure((unsigned)state < ROUTE_STATE_COUNT);
	return STATE_TEXTS[state];
}

bool route_state_parse(struct slice text, enum route_state *ret_state)
{
	size_t i;

	if (!enum_text_find(STATE_TEXTS, ARRAY_LEN(STATE_TEXTS), text, &i))
		return false;
	*ret_state = (enum route_state)i;
	return true;
}

/* An integer 0…max; absent leaves *ret as it is. */
static bool opt_uint(const struct json *root, const char *name, uint64_t max, uint64_t *ret, struct err *err)
{
	int64_t value;
	bool present;

	if (!json_opt_i64(root, name, &value, &present, err))
		return false;
	if (!present)
		return true;
	if (value < 0 || (uint64_t)value > max)
		return err_set(err, ERR_INVALID, "\"%s\" is out of range", name);
	*ret = (uint64_t)value;
	return true;
}

static bool opt_u32(const struct json *root, const char *name, uint32_t max, uint32_t *ret, struct err *err)
{
	uint64_t value = *ret;

	if (!opt_uint(root, name, max, &value, err))
		return false;
	*ret = (uint32_t)value;
	return true;
}

static bool opt_text(const struct json *root, const char *name, struct slice *ret, struct err *err)
{
	bool present;

	*ret = SLICE_LIT("");
	return json_opt_str(root, name, ret, &present, err);
}

static bool read_upstream(
	const struct json *root, const char *name, struct route_upstream *ret, struct err *err)
{
	struct slice text;
	struct host_port hp;

	if (!opt_text(root, name, &text, err))
		return false;
	if (text.len == 0)
		return true;
	/* Only literals: a relay never resolves a name. */
	if (!host_port_parse(text, &hp) || !ip_addr_parse(hp.host, &ret->addr))
		return err_set(err, ERR_INVALID, "\"%s\" is not an IP address and port", name);
	ret->port = hp.port;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static bool read_password_hash(const struct json *root, struct route *route, struct err *err)
{
	struct slice hex;

	if (!opt_text(root, "password_hash", &hex, err))
		return false;
	if (hex.len == 0)
		return true;
	if (hex.len != 2 * ROUTE_PASSWORD_HASH_BYTES)
		return err_set(err, ERR_INVALID, "\"password_hash\" must be 64 hex digits");
	for (size_t i = 0; i < ROUTE_PASSWORD_HASH_BYTES; i++) {
		int high = hex_digit(hex.data[2 * i]), low = hex_digit(hex.data[2 * i + 1]);

		if (high < 0 || low < 0)
			return err_set(err, ERR_INVALID, "\"password_hash\" must be 64 hex digits");
		route->password_hash[i] = (uint8_t)(high << 4 | low);
	}
	route->has_password = true;
	return true;
}

static bool read_allow_entry(const struct json *entry, struct route_allow *ret, struct err *err)
{
	const struct json *until = json_member(entry, "until");
	struct slice cidr;

	if (json_kind(entry) != JSON_OBJECT)
		return err_set(err, ERR_INVALID, "\"allow\" must hold objects");
	if (!json_get_str(entry, "cidr", &cidr, err))
		return err_prefix(err, "allow");
	if (!ip_cidr_parse(cidr, &ret->cidr))
		return err_set(err, ERR_INVALID, "\"allow\" holds a \"cidr\" that is none");
	ret->until_ms = 0;
	if (!until || json_kind(until) == JSON_NULL)
		return true;
	/* 0 would mean "for ever" here and "long ago" there: refused rather than guessed. */
	if (!json_i64(until, &ret->until_ms) || ret->until_ms <= 0)
		return err_set(err, ERR_INVALID, "\"allow\" holds an \"until\" that is no time");
	return true;
}

static bool read_limits(const struct json *root, struct route *route, struct err *err)
{
	const struct json *limits;
	bool present;

	if (!json_opt_object(root, "limits", &limits, &present, err))
		return false;
	return !present ||
	       (opt_u32(limits, "connections", ROUTE_CONNECTIONS_MAX, &route->limit_connections, err) &&
		       opt_uint(limits, "bytes_per_month", ROUTE_BYTES_MAX, &route->limit_bytes, err));
}

/* The words and numbers; the texts of `route` still point into the JSON. */
static bool read_members(const struct json *root, struct route *route, struct err *err)
{
	struct slice state, on_rotate;
	bool present;
	uint64_t id = 0, ver = 0;

	route->drain_seconds = ROUTE_DRAIN_SECONDS_DEFAULT;
	if (!opt_uint(root, "id", INT64_MAX, &id, err) || !opt_uint(root, "ver", INT64_MAX, &ver, err) ||
		!json_get_str(root, "subdomain", &route->subdomain, err) ||
		!json_get_str(root, "state", &state, err) || !opt_text(root, "reason", &route->reason, err) ||
		!opt_text(root, "provider", &route->provider, err) ||
		!opt_u32(root, "number", UINT32_MAX, &route->number, err) ||
		!json_opt_bool(root, "rotating", &route->rotating, &present, err) ||
		!read_upstream(root, "http", &route->http, err) ||
		!read_upstream(root, "socks5", &route->socks5, err) ||
		!opt_text(root, "upstream_user", &route->upstream_user, err) ||
		!opt_text(root, "upstream_auth", &route->upstream_auth, err) ||
		!opt_text(root, "on_rotate", &on_rotate, err) ||
		!opt_u32(root, "drain_seconds", ROUTE_DRAIN_SECONDS_MAX, &route->drain_seconds, err) ||
		!opt_uint(root, "restart_seq", INT64_MAX, &route->restart_seq, err) ||
		!opt_uint(root, "quota_used", ROUTE_BYTES_MAX, &route->quota_used, err) ||
		!read_password_hash(root, route, err) || !read_limits(root, route, err))
		return false;
	if (id == 0 || ver == 0)
		return err_set(err, ERR_INVALID, "\"id\" and \"ver\" must be there, above 0");
	if (!route_state_parse(state, &route->state))
		return err_set(err, ERR_INVALID, "\"state\" is not known");
	if (on_rotate.len > 0 && !on_rotate_parse(on_rotate, &route->on_rotate))
		return err_set(err, ERR_INVALID, "\"on_rotate\" is not known");
	if (route->state == ROUTE_ACTIVE && route->http.port == 0 && route->socks5.port == 0)
		return err_set(err, ERR_INVALID, "active, but without an upstream");
	route->id = id;
	route->ver = ver;
	return true;
}

static void keep_text(struct slice *text, char **next)
{
	memcpy(*next, text->data, text->len);
	text->data = *next;
	*next += text->len;
}

/* One block: the route, its allow entries, its texts. */
static struct route *assemble(const struct route *parsed, const struct json *allow, struct err *err)
{
	size_t count = allow ? json_count(allow) : 0;

	if (count > ROUTE_ALLOW_MAX) {
		err_set(err, ERR_LIMIT, "\"allow\" has more than %d entries", ROUTE_ALLOW_MAX);
		return NULL;
	}
	struct route *route = malloc(sizeof(*route) + count * sizeof(struct route_allow) +
				     parsed->subdomain.len + parsed->reason.len + parsed->provider.len +
				     parsed->upstream_user.len + parsed->upstream_auth.len);
	if (!route) {
		err_set(err, ERR_LIMIT, "out of memory");
		return NULL;
	}
	struct route_allow *entries = (struct route_allow *)(route + 1);
	char *next = (char *)(entries + count);
	size_t i = 0;

	memcpy(route, parsed, sizeof(*route));
	atomic_init(&route->refs, 1);
	route->allow = entries;
	route->allow_count = count;
	for (const struct json *entry = allow ? json_first(allow) : NULL; entry; entry = json_next(entry)) {
		if (!read_allow_entry(entry, &entries[i++], err)) {
			free(route);
			return NULL;
		}
	}
	keep_text(&route->subdomain, &next);
	keep_text(&route->reason, &next);
	keep_text(&route->provider, &next);
	keep_text(&route->upstream_user, &next);
	keep_text(&route->upstream_auth, &next);
	return route;
}

struct route *route_from_json(struct slice subdomain, struct slice json, struct err *err)
{
	struct route parsed = {0};
	const struct json *allow = NULL;
	struct route *route = NULL;
	bool present;

	struct json *root = json_parse(json, &ROUTE_LIMITS, err);
	if (!root)
		goto refuse;
	if (json_kind(root) != JSON_OBJECT) {
		err_set(err, ERR_INVALID, "not an object");
		goto refuse;
	}
	if (!read_members(root, &parsed, err) || !json_opt_array(root, "allow", &allow, &present, err))
		goto refuse;
	if (!slice_eq(parsed.subdomain, subdomain)) {
		err_set(err, ERR_INVALID, "it names another endpoint in \"subdomain\"");
		goto refuse;
	}
	route = assemble(&parsed, allow, err);
	if (!route)
		goto refuse;
	json_free(root);
	return route;
refuse:
	err_prefix(err, "route %.*s", SLICE_ARG(subdomain));
	json_free(root);
	return NULL;
}

struct route *route_ref(struct route *route)
{
	atomic_fetch_add_explicit(&route->refs, 1, memory_order_relaxed);
	return route;
}

void route_unref(struct route *route)
{
	/* The last holder must see every other holder's reads done before it frees. */
	if (route && atomic_fetch_sub_explicit(&route->refs, 1, memory_order_acq_rel) == 1)
		free(route);
}

enum route_shut route_shut(const struct route *route)
{
	if (route->state == ROUTE_PAUSED)
		return ROUTE_SHUT_PAUSED;
	return route->state == ROUTE_UNAVAILABLE && slice_eq_str(route->reason, "err.quota")
		       ? ROUTE_SHUT_QUOTA
		       : ROUTE_OPEN;
}

bool route_allows(const struct route *route, const struct ip_addr *addr, int64_t now_ms)
{
	for (size_t i = 0; i < route->allow_count; i++) {
		const struct route_allow *entry = &route->allow[i];

		if ((entry->until_ms == 0 || now_ms < entry->until_ms) &&
			ip_cidr_contains(&entry->cidr, addr))
			return true;
	}
	return false;
}
