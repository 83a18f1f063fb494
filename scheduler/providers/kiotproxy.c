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

#include "scheduler/providers/vendor_answer.h"

enum {
	REGION_MAX_BYTES = 32,
	DEFAULT_NEXT_CHANGE_MS = 120 * 1000, /* when the vendor does not say */
	DEFAULT_TTL_MS = 1200 * 1000,        /* the life its page gives */
};

/* --- requests
 * ------------------------------------------------------------------------------------------------ */

static bool kiotproxy_build(enum provider_call call, struct slice base, struct slice key, struct slice region,
	struct provider_request *request, struct err *err)
{
	static const char *const paths[] = {[PROVIDER_NEW] = "/proxies/new",
		[PROVIDER_CURRENT] = "/proxies/current",
		[PROVIDER_RELEASE] = "/proxies/out"};

	if (!vendor_key_check(key, err))
		return false;
	buf_append_slice(&request->url, base);
	buf_append_str(&request->url, paths[call]);
	buf_append_str(&request->url, "?key=");
	vendor_url_escape(&request->url, key);
	if (call == PROVIDER_NEW && region.len > 0 && region.len <= REGION_MAX_BYTES) {
		buf_append_str(&request->url, "&region=");
		vendor_url_escape(&request->url, region);
	}
	return vendor_request_fits(request, err);
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

static enum failure_class class_by_message(struct slice message, const struct json *data)
{
	enum failure_class class = vendor_message_class(message);
	uint64_t s;

	if (class != FAILURE_RATE_LIMITED && vendor_number(data, "ttc", &s))
		return FAILURE_COOLDOWN;
	return class;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t cooldown_ms(
	const struct json *root, const struct json *data, struct slice message, uint64_t age_ms)
{
	uint64_t stamp = 0, now = 0, s = 0;

	if (vendor_number(data, "nextRequestAt", &stamp) && stamp > 0 &&
		vendor_number(root, "timestamp", &now))
		return vendor_until(stamp, now, age_ms, VENDOR_NEXT_CHANGE_MAX_MS);
	if (vendor_message_seconds(message, &s) || vendor_number(data, "ttc", &s))
		return vendor_until(min_u64(s, VENDOR_NEXT_CHANGE_MAX_MS / 1000) * 1000, 0, age_ms,
			VENDOR_NEXT_CHANGE_MAX_MS);
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
	if (reply->class == FAILURE_RATE_LIMITED && vendor_message_seconds(message, &s))
		reply->retry_in_ms = min_u64(s * 1000, VENDOR_RETRY_MAX_MS);
	/* A plain refusal changed nothing; a server in trouble may have done the work before it failed. */
	reply->effect = answer->http_status >= 500 ? EFFECT_UNKNOWN : EFFECT_NONE;
	vendor_text_copy(message, answer->key, reply->message, sizeof(reply->message));
}

/* --- success
 * ------------------------------------------------------------------------------------------------- */

/* One of the two addresses: `name` as "ip:port…", else host and the port's own member. Absent is fine. */
static bool read_address(const struct json *data, const char *name, const char *port_name,
	enum address_policy policy, struct provider_reply *reply, char dst[PROVIDER_ADDRESS_BYTES])
{
	struct slice text = vendor_string(data, name);
	struct slice host = vendor_string(data, "host");
	char joined[PROVIDER_ADDRESS_BYTES];
	uint64_t port = 0;

	if (text.len == 0) {
		if (host.len == 0 || host.len >= IP_TEXT_BYTES || !vendor_number(data, port_name, &port) ||
			port == 0)
			return true;
		snprintf(joined, sizeof(joined),
			memchr(host.data, ':', host.len) ? "[%.*s]:%" PRIu64 : "%.*s:%" PRIu64,
			SLICE_ARG(host), port);
		text = slice_from_str(joined);
	}
	return vendor_address_take(text, policy, reply, dst);
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

	reply->ttc = min_u64(reply->ttc, VENDOR_NEXT_CHANGE_MAX_MS / 1000);
	reply->ttl = min_u64(reply->ttl, VENDOR_EXPIRES_MAX_MS / 1000);
	if (has_expires)
		snprintf(reply->expires_at, sizeof(reply->expires_at), "%" PRIu64, expires);
	if (has_now && has_next)
		reply->next_change_in_ms = vendor_until(next, now, answer->age_ms, VENDOR_NEXT_CHANGE_MAX_MS);
	else
		reply->next_change_in_ms = vendor_until(has_ttc ? reply->ttc * 1000 : DEFAULT_NEXT_CHANGE_MS,
			0, answer->age_ms, VENDOR_NEXT_CHANGE_MAX_MS);
	if (has_now && has_expires && expires <= now) {
		/* Nothing lives there any more. For /current that is "nothing assigned". */
		vendor_refuse(reply, "the upstream has expired already");
		if (call == PROVIDER_CURRENT)
			reply->class = FAILURE_NOT_ASSIGNED;
		return false;
	}
	if (has_now && has_expires)
		reply->expires_in_ms = vendor_until(expires, now, answer->age_ms, VENDOR_EXPIRES_MAX_MS);
	else
		reply->expires_in_ms = vendor_until(has_ttl ? reply->ttl * 1000 : DEFAULT_TTL_MS, 0,
			answer->age_ms, VENDOR_EXPIRES_MAX_MS);
	return true;
}

static void read_success(enum provider_call call, const struct json *root,
	const struct provider_answer *answer, struct provider_reply *reply)
{
	const struct json *data = json_member(root, "data");
	struct ip_addr exit_ip;

	if (call == PROVIDER_RELEASE)
		return;
	if (!data || json_kind(data) != JSON_OBJECT) {
		vendor_refuse(reply, "the answer says success but names no proxy");
		reply->effect = EFFECT_UNKNOWN;
		return;
	}
	if (!vendor_credentials_take(
		    vendor_string(data, "proxyUser"), vendor_string(data, "proxyPass"), reply) ||
		!read_address(data, "http", "httpPort", answer->policy, reply, reply->http) ||
		!read_address(data, "socks5", "socks5Port", answer->policy, reply, reply->socks5) ||
		!read_times(call, root, data, answer, reply))
		return;
	if (reply->http[0] == '\0' && reply->socks5[0] == '\0') {
		vendor_refuse(reply, "the answer says success but names no address");
		return;
	}
	if (ip_addr_parse(vendor_string(data, "realIpAddress"), &exit_ip))
		ip_addr_text(&exit_ip, reply->exit_ip);
	vendor_text_copy(
		vendor_string(data, "location"), answer->key, reply->location, sizeof(reply->location));
}

/* --- the answer as a whole
 * ----------------------------------------------------------------------------------- */

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
	struct json *root = vendor_answer_open(answer, reply);

	if (root && !says_success(root))
		read_failure(root, answer, reply);
	else if (root && vendor_success_believed(answer, reply))
		read_success(call, root, answer, reply);
	vendor_answer_settle(call, answer, reply);
	json_free(root);
}

const struct provider provider_kiotproxy = {
	.name = "kiotproxy",
	.kind = PROVIDER_ROTATES,
	.calls = PROVIDER_CALL(PROVIDER_NEW) | PROVIDER_CALL(PROVIDER_CURRENT) |
		 PROVIDER_CALL(PROVIDER_RELEASE),
	.base = "https://api.kiotproxy.com/api/v1",
	.build = kiotproxy_build,
	.read = kiotproxy_read,
};
