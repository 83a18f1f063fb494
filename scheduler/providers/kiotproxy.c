/*
 * kiotproxy.c: the KiotProxy HTTP API (https://api.kiotproxy.com/api/v1), as its page and public clients
 * describe it. The key is the whole credential and travels in the query string. Failures come with HTTP 400,
 * 404 or 200 and say what they are by `error`, then `code`, then a Vietnamese message; a 403 without JSON is
 * the vendor's firewall. Nothing in an answer is trusted: see vendor_text.h.
 */
#include "scheduler/providers/provider.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/providers/vendor_text.h"

enum {
	KEY_MAX_BYTES = 128,
	REGION_MAX_BYTES = 32,
	DEFAULT_NEXT_CHANGE_MS = 120 * 1000, /* when the vendor does not say */
	DEFAULT_TTL_MS = 1200 * 1000,        /* the life its page gives */
};

static const uint64_t EXPIRES_MAX_MS = 30ull * 86400 * 1000; /* longer lives are cut to this */
static const uint64_t NEXT_CHANGE_MAX_MS =
	86400ull * 1000; /* a wrong stamp must not stop rotation for good */
static const uint64_t RETRY_AFTER_MAX_MS = 30ull * 60 * 1000;

static const struct json_limits answer_limits = {.max_bytes = 65536, .max_depth = 8};

/* --- requests
 * ------------------------------------------------------------------------------------------------ */

static bool key_ok(struct slice key)
{
	if (key.len == 0 || key.len > KEY_MAX_BYTES)
		return false;
	for (size_t i = 0; i < key.len; i++)
		if ((unsigned char)key.data[i] < 0x21 || (unsigned char)key.data[i] > 0x7e)
			return false;
	return true;
}

static bool kiotproxy_build(enum provider_call call, struct slice base, struct slice key, struct slice region,
	struct provider_request *request, struct err *err)
{
	static const char *const paths[] = {[PROVIDER_NEW] = "/proxies/new",
		[PROVIDER_CURRENT] = "/proxies/current",
		[PROVIDER_RELEASE] = "/proxies/out"};

	if (!key_ok(key))
		return err_set(
			err, ERR_INVALID, "the key is not 1 to %d printable characters", KEY_MAX_BYTES);
	buf_append_slice(&request->url, base);
	buf_append_str(&request->url, paths[call]);
	buf_append_str(&request->url, "?key=");
	vendor_url_escape(&request->url, key);
	if (call == PROVIDER_NEW && region.len > 0 && region.len <= REGION_MAX_BYTES) {
		buf_append_str(&request->url, "&region=");
		vendor_url_escape(&request->url, region);
	}
	if (request->url.overflow)
		return err_set(err, ERR_LIMIT, "the request is too long");
	return true;
}

/* --- failures
 * ------------------------------------------------------------------------------------------------ */

static const struct {
	const char *error;
	uint64_t code; /* 0 = not known */
	enum failure_class class;
} named_failures[] = {
	{"KEY_NOT_FOUND", 40400006, FAILURE_INVALID_KEY},
	{"KEY_EXPIRED", 0, FAILURE_EXPIRED_KEY},
	{"PROXY_NOT_FOUND_BY_KEY", 40001050, FAILURE_NOT_ASSIGNED},
	{"", 40001038, FAILURE_COOLDOWN},
	{"OUT_OF_STOCK", 0, FAILURE_NO_STOCK},
	{"NO_STOCK", 0, FAILURE_NO_STOCK},
	{"PROXY_OUT_OF_STOCK", 0, FAILURE_NO_STOCK},
};

/* By `error`; if that says nothing, by `code`. */
static enum failure_class class_by_name(struct slice error, uint64_t code)
{
	for (size_t i = 0; i < ARRAY_LEN(named_failures); i++)
		if (error.len > 0 && slice_eq_str(error, named_failures[i].error))
			return named_failures[i].class;
	for (size_t i = 0; i < ARRAY_LEN(named_failures); i++)
		if (code != 0 && code == named_failures[i].code)
			return named_failures[i].class;
	return FAILURE_TRANSIENT;
}

static bool cooldown_seconds(struct slice message, uint64_t *ret_s)
{
	return vendor_text_number(message, "sau ", " giây", ret_s) ||
	       vendor_text_number(message, "sau ", "s", ret_s) ||
	       vendor_text_number(message, "after ", " second", ret_s);
}

static enum failure_class class_by_message(struct slice message, const struct json *data)
{
	uint64_t n;

	if (vendor_text_has(message, "giới hạn") || vendor_text_has(message, "quá nhiều"))
		return FAILURE_RATE_LIMITED;
	if (cooldown_seconds(message, &n) || vendor_number(data, "ttc", &n))
		return FAILURE_COOLDOWN;
	if (vendor_text_has(message, "đã hết hạn"))
		return FAILURE_EXPIRED_KEY;
	if (vendor_text_has(message, "hết proxy") || vendor_text_has(message, "hết hàng") ||
		vendor_text_has(message, "không còn proxy"))
		return FAILURE_NO_STOCK;
	return FAILURE_TRANSIENT;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* `stamp` - `now`, at least 0, less the age of the answer. */
static uint64_t until(uint64_t stamp, uint64_t now, uint64_t age_ms, uint64_t max_ms)
{
	uint64_t ms = stamp > now ? min_u64(stamp - now, max_ms) : 0;

	return ms > age_ms ? ms - age_ms : 0;
}

static uint64_t cooldown_ms(
	const struct json *root, const struct json *data, struct slice message, uint64_t age_ms)
{
	uint64_t stamp = 0, now = 0, s = 0;

	if (vendor_number(data, "nextRequestAt", &stamp) && stamp > 0 &&
		vendor_number(root, "timestamp", &now))
		return until(stamp, now, age_ms, NEXT_CHANGE_MAX_MS);
	if (cooldown_seconds(message, &s) || vendor_number(data, "ttc", &s))
		return until(min_u64(s, NEXT_CHANGE_MAX_MS / 1000) * 1000, 0, age_ms, NEXT_CHANGE_MAX_MS);
	return DEFAULT_NEXT_CHANGE_MS;
}

static void read_failure(
	const struct json *root, const struct provider_answer *answer, struct provider_reply *reply)
{
	struct slice message = vendor_string(root, "message");
	const struct json *data = json_member(root, "data");
	uint64_t code = 0, s = 0;

	if (!vendor_number(root, "code", &code))
		code = 0;
	reply->class = class_by_name(vendor_string(root, "error"), code);
	if (reply->class == FAILURE_TRANSIENT)
		reply->class =
			answer->http_status == 429 ? FAILURE_RATE_LIMITED : class_by_message(message, data);
	if (reply->class == FAILURE_COOLDOWN)
		reply->retry_in_ms = cooldown_ms(root, data, message, answer->age_ms);
	if (reply->class == FAILURE_RATE_LIMITED && cooldown_seconds(message, &s))
		reply->retry_in_ms = min_u64(s * 1000, RETRY_AFTER_MAX_MS);
	/* A plain refusal changed nothing; a server in trouble may have done the work before it failed. */
	reply->effect = answer->http_status >= 500 ? EFFECT_UNKNOWN : EFFECT_NONE;
	vendor_text_copy(message, answer->key, reply->message, sizeof(reply->message));
}

/* --- success
 * ------------------------------------------------------------------------------------------------- */

static bool refuse(struct provider_reply *reply, const char *reason)
{
	reply->class = FAILURE_TRANSIENT;
	snprintf(reply->reason, sizeof(reply->reason), "%s", reason);
	return false;
}

/* One of the two addresses: `name` as "ip:port…", else host and the port's own member. Absent is fine. */
static bool read_address(const struct json *data, const char *name, const char *port_name,
	enum address_policy policy, struct provider_reply *reply, char dst[PROVIDER_ADDRESS_BYTES])
{
	struct slice text = vendor_string(data, name);
	struct slice host = vendor_string(data, "host");
	struct vendor_upstream up;
	char joined[PROVIDER_ADDRESS_BYTES];
	uint64_t port = 0;
	struct err err;

	if (text.len == 0) {
		if (host.len == 0 || host.len >= IP_TEXT_BYTES || !vendor_number(data, port_name, &port) ||
			port == 0)
			return true;
		snprintf(joined, sizeof(joined),
			memchr(host.data, ':', host.len) ? "[%.*s]:%" PRIu64 : "%.*s:%" PRIu64,
			SLICE_ARG(host), port);
		text = slice_from_str(joined);
	}
	if (!vendor_upstream_read(text, policy, &up, &err))
		return refuse(reply, err.msg);
	vendor_upstream_text(&up, dst);
	if (up.user.len > 0 && reply->user[0] == '\0')
		return slice_copy(up.user, reply->user, sizeof(reply->user)) &&
		       slice_copy(up.pass, reply->pass, sizeof(reply->pass));
	return true;
}

static bool read_credentials(const struct json *data, struct provider_reply *reply)
{
	struct slice user = vendor_string(data, "proxyUser");
	struct slice pass = vendor_string(data, "proxyPass");

	if (user.len == 0)
		return true;
	if (!vendor_credential_ok(user) || memchr(user.data, ':', user.len) || !vendor_credential_ok(pass))
		return refuse(reply, "the upstream's user or password has characters it may not have");
	return slice_copy(user, reply->user, sizeof(reply->user)) &&
	       slice_copy(pass, reply->pass, sizeof(reply->pass));
}

/* The answer's own timestamp is "now": the vendor's clock need not be ours. */
static bool read_times(enum provider_call call, const struct json *root, const struct json *data,
	const struct provider_answer *answer, struct provider_reply *reply)
{
	uint64_t now = 0, expires = 0, next = 0;
	bool has_now = vendor_number(root, "timestamp", &now) && now > 0;
	bool has_expires = vendor_number(data, "expirationAt", &expires) && expires > 0;
	bool has_next = vendor_number(data, "nextRequestAt", &next) && next > 0;
	bool has_ttc = vendor_number(data, "ttc", &reply->ttc);
	bool has_ttl = vendor_number(data, "ttl", &reply->ttl) && reply->ttl > 0;

	reply->ttc = min_u64(reply->ttc, NEXT_CHANGE_MAX_MS / 1000);
	reply->ttl = min_u64(reply->ttl, EXPIRES_MAX_MS / 1000);
	if (has_expires)
		snprintf(reply->expires_at, sizeof(reply->expires_at), "%" PRIu64, expires);
	if (has_now && has_next)
		reply->next_change_in_ms = until(next, now, answer->age_ms, NEXT_CHANGE_MAX_MS);
	else
		reply->next_change_in_ms = until(has_ttc ? reply->ttc * 1000 : DEFAULT_NEXT_CHANGE_MS, 0,
			answer->age_ms, NEXT_CHANGE_MAX_MS);
	if (has_now && has_expires && expires <= now) {
		/* Nothing lives there any more. For /current that is "nothing assigned". */
		refuse(reply, "the upstream has expired already");
		if (call == PROVIDER_CURRENT)
			reply->class = FAILURE_NOT_ASSIGNED;
		return false;
	}
	if (has_now && has_expires)
		reply->expires_in_ms = until(expires, now, answer->age_ms, EXPIRES_MAX_MS);
	else
		reply->expires_in_ms = until(
			has_ttl ? reply->ttl * 1000 : DEFAULT_TTL_MS, 0, answer->age_ms, EXPIRES_MAX_MS);
	return true;
}

static void read_success(enum provider_call call, const struct json *root,
	const struct provider_answer *answer, struct provider_reply *reply)
{
	const struct json *data = json_member(root, "data");
	struct ip_addr exit_ip;

	reply->class = FAILURE_NONE;
	reply->effect = EFFECT_DONE;
	if (call == PROVIDER_RELEASE)
		return;
	if (!data || json_kind(data) != JSON_OBJECT) {
		refuse(reply, "the answer says success but names no proxy");
		reply->effect = EFFECT_UNKNOWN;
		return;
	}
	if (!read_credentials(data, reply) ||
		!read_address(data, "http", "httpPort", answer->policy, reply, reply->http) ||
		!read_address(data, "socks5", "socks5Port", answer->policy, reply, reply->socks5) ||
		!read_times(call, root, data, answer, reply))
		return;
	if (reply->http[0] == '\0' && reply->socks5[0] == '\0') {
		refuse(reply, "the answer says success but names no address");
		return;
	}
	if (ip_addr_parse(vendor_string(data, "realIpAddress"), &exit_ip))
		ip_addr_text(&exit_ip, reply->exit_ip);
	vendor_text_copy(
		vendor_string(data, "location"), answer->key, reply->location, sizeof(reply->location));
}

/* --- the answer as a whole
 * ----------------------------------------------------------------------------------- */

/* No JSON: the firewall's page, a gateway's error page, a cut answer. */
static void read_garbage(const struct provider_answer *answer, struct provider_reply *reply, const char *why)
{
	snprintf(reply->reason, sizeof(reply->reason), "%s", why);
	switch (answer->http_status) {
	case 403: reply->class = FAILURE_FIREWALL; return;
	case 429: reply->class = FAILURE_RATE_LIMITED; return;
	default: reply->class = FAILURE_TRANSIENT; break;
	}
	/* A redirect is not followed and did nothing; all else may hide work done. */
	if (answer->http_status < 300 || answer->http_status >= 400)
		reply->effect = EFFECT_UNKNOWN;
}

static bool says_success(const struct json *root)
{
	const struct json *value = json_member(root, "success");
	struct slice text;
	bool yes;

	if (value && json_bool(value, &yes))
		return yes;
	/* Older clients meet it as text, or only as `status`. */
	if (value && json_str(value, &text))
		return slice_eq_icase(text, SLICE_LIT("true"));
	return slice_eq_str(vendor_string(root, "status"), "SUCCESS");
}

static void kiotproxy_read(
	enum provider_call call, const struct provider_answer *answer, struct provider_reply *reply)
{
	struct err err;
	struct json *root = json_parse(answer->body, &answer_limits, &err);

	*reply = (struct provider_reply){.class = FAILURE_TRANSIENT};
	if (!root || json_kind(root) != JSON_OBJECT) {
		read_garbage(
			answer, reply, root ? "the answer is not a JSON object" : "the answer is not JSON");
	} else if (says_success(root) && answer->http_status < 400) {
		read_success(call, root, answer, reply);
	} else if (says_success(root)) {
		/* HTTP says failure, the body success: ask again before believing either. */
		refuse(reply, "the answer's HTTP status and body disagree");
		reply->effect = EFFECT_UNKNOWN;
	} else {
		read_failure(root, answer, reply);
	}
	if (reply->class == FAILURE_RATE_LIMITED && answer->retry_after_s > 0)
		reply->retry_in_ms = min_u64(answer->retry_after_s, RETRY_AFTER_MAX_MS / 1000) * 1000;
	/* "Nothing assigned" answers /current; to /new it makes no sense and must not end a rotation. */
	if (call == PROVIDER_NEW && reply->class == FAILURE_NOT_ASSIGNED)
		reply->class = FAILURE_TRANSIENT;
	json_free(root);
}

const struct provider provider_kiotproxy = {
	.name = "kiotproxy",
	.kind = PROVIDER_ROTATES,
	.build = kiotproxy_build,
	.read = kiotproxy_read,
};
