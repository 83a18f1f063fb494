/* vendor_answer.c: see vendor_answer.h. */
#include "scheduler/providers/vendor_answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shared/model/iso8601.h"

enum { KEY_MAX_BYTES = 128, DEFAULT_WAIT_S = 120 };

static const struct json_limits answer_limits = {.max_bytes = 65536, .max_depth = 8};

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

bool vendor_key_check(struct slice key, struct err *err)
{
	bool good = key.len > 0 && key.len <= KEY_MAX_BYTES;

	for (size_t i = 0; good && i < key.len; i++)
		good = (unsigned char)key.data[i] >= 0x21 && (unsigned char)key.data[i] <= 0x7e;
	return good ||
	       err_set(err, ERR_INVALID, "the key is not 1 to %d printable characters", KEY_MAX_BYTES);
}

bool vendor_request_fits(const struct provider_request *request, struct err *err)
{
	return !(request->url.overflow || request->body.overflow) ||
	       err_set(err, ERR_LIMIT, "the request is too long");
}

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

struct json *vendor_answer_open(const struct provider_answer *answer, struct provider_reply *reply)
{
	struct err err;
	struct json *root = json_parse(answer->body, &answer_limits, &err);

	*reply = (struct provider_reply){.class = FAILURE_TRANSIENT};
	if (root && json_kind(root) == JSON_OBJECT)
		return root;
	read_garbage(answer, reply, root ? "the answer is not a JSON object" : "the answer is not JSON");
	json_free(root);
	return NULL;
}

void vendor_answer_settle(
	enum provider_call call, const struct provider_answer *answer, struct provider_reply *reply)
{
	if (reply->class == FAILURE_RATE_LIMITED && answer->retry_after_s > 0)
		reply->retry_in_ms = min_u64(answer->retry_after_s, VENDOR_RETRY_MAX_MS / 1000) * 1000;
	/* "Nothing assigned" answers /current; to /new it makes no sense and must not end a rotation. */
	if (call == PROVIDER_NEW && reply->class == FAILURE_NOT_ASSIGNED)
		reply->class = FAILURE_TRANSIENT;
}

bool vendor_refuse(struct provider_reply *reply, const char *reason)
{
	reply->class = FAILURE_TRANSIENT;
	snprintf(reply->reason, sizeof(reply->reason), "%s", reason);
	return false;
}

bool vendor_success_believed(const struct provider_answer *answer, struct provider_reply *reply)
{
	if (answer->http_status < 400) {
		reply->class = FAILURE_NONE;
		reply->effect = EFFECT_DONE;
		return true;
	}
	/* HTTP says failure, the body success: ask again before believing either. */
	reply->effect = EFFECT_UNKNOWN;
	return vendor_refuse(reply, "the answer's HTTP status and body disagree");
}

void vendor_nothing_named(enum provider_call call, struct provider_reply *reply)
{
	vendor_refuse(reply, "the answer says success but names no proxy");
	reply->effect = EFFECT_UNKNOWN;
	if (call == PROVIDER_CURRENT)
		reply->class = FAILURE_NOT_ASSIGNED;
}

bool vendor_message_seconds(struct slice message, uint64_t *ret_s)
{
	static const char *const befores[] = {"sau ", "after ", "chờ thêm ", "chờ ", "còn ", "con "};
	static const char *const afters[] = {" giây", "s", " s", " second"};

	for (size_t i = 0; i < ARRAY_LEN(befores); i++)
		for (size_t k = 0; k < ARRAY_LEN(afters); k++)
			if (vendor_text_number(message, befores[i], afters[k], ret_s))
				return true;
	return false;
}

static const struct {
	const char *words;
	enum failure_class class;
} spoken[] = {
	{"key không tồn tại", FAILURE_INVALID_KEY},
	{"API không tồn tại", FAILURE_INVALID_KEY},
	{"khóa không tồn tại", FAILURE_INVALID_KEY},
	{"key không hợp lệ", FAILURE_INVALID_KEY},
	{"khóa không hợp lệ", FAILURE_INVALID_KEY},
	{"invalid api key", FAILURE_INVALID_KEY},
	{"đã hết hạn", FAILURE_EXPIRED_KEY},
	{"key expired", FAILURE_EXPIRED_KEY},
	{"hết proxy", FAILURE_NO_STOCK},
	{"hết hàng", FAILURE_NO_STOCK},
	{"không còn proxy", FAILURE_NO_STOCK},
	{"không có proxy", FAILURE_NOT_ASSIGNED},
	{"chưa có proxy", FAILURE_NOT_ASSIGNED},
	{"không tìm thấy proxy", FAILURE_NOT_ASSIGNED},
};

enum failure_class vendor_message_class(struct slice message)
{
	uint64_t s;

	if (vendor_text_has(message, "giới hạn") || vendor_text_has(message, "quá nhiều"))
		return FAILURE_RATE_LIMITED;
	if (vendor_message_seconds(message, &s))
		return FAILURE_COOLDOWN;
	for (size_t i = 0; i < ARRAY_LEN(spoken); i++)
		if (vendor_text_has(message, spoken[i].words))
			return spoken[i].class;
	return FAILURE_TRANSIENT;
}

void vendor_failure(struct provider_reply *reply, enum failure_class class,
	const struct provider_answer *answer, struct slice message, uint64_t wait_s)
{
	if (class == FAILURE_TRANSIENT && answer->http_status == 429)
		class = FAILURE_RATE_LIMITED;
	reply->class = class;
	if (wait_s == 0 && !vendor_message_seconds(message, &wait_s))
		wait_s = class == FAILURE_COOLDOWN ? DEFAULT_WAIT_S : 0;
	/* "0 s", as the last part of a second is told, is soon and not "not told". */
	if (class == FAILURE_COOLDOWN && wait_s == 0)
		wait_s = 1;
	if (class == FAILURE_COOLDOWN)
		reply->retry_in_ms = vendor_until(min_u64(wait_s, VENDOR_NEXT_CHANGE_MAX_MS / 1000) * 1000, 0,
			answer->age_ms, VENDOR_NEXT_CHANGE_MAX_MS);
	if (class == FAILURE_RATE_LIMITED)
		reply->retry_in_ms = min_u64(wait_s, VENDOR_RETRY_MAX_MS / 1000) * 1000;
	/* A plain refusal changed nothing; a server in trouble may have done the work before it failed. */
	reply->effect = answer->http_status >= 500 ? EFFECT_UNKNOWN : EFFECT_NONE;
	vendor_text_copy(message, answer->key, reply->message, sizeof(reply->message));
}

bool vendor_credentials_take(struct slice user, struct slice pass, struct provider_reply *reply)
{
	if (user.len == 0)
		return true;
	if (!vendor_credential_ok(user) || memchr(user.data, ':', user.len) || !vendor_credential_ok(pass))
		return vendor_refuse(reply, "the upstream's user or password has characters it may not have");
	return slice_copy(user, reply->user, sizeof(reply->user)) &&
	       slice_copy(pass, reply->pass, sizeof(reply->pass));
}

bool vendor_address_take(struct slice text, enum address_policy policy, struct provider_reply *reply,
	char dst[PROVIDER_ADDRESS_BYTES])
{
	struct vendor_upstream up;
	struct err err;

	if (text.len == 0)
		return true;
	if (!vendor_upstream_read(text, policy, &up, &err))
		return vendor_refuse(reply, err.msg);
	vendor_upstream_text(&up, dst);
	return reply->user[0] != '\0' || vendor_credentials_take(up.user, up.pass, reply);
}

uint64_t vendor_until(uint64_t stamp, uint64_t now, uint64_t age_ms, uint64_t max_ms)
{
	uint64_t ms = stamp > now ? min_u64(stamp - now, max_ms) : 0;

	return ms > age_ms ? ms - age_ms : 0;
}

void vendor_times(
	struct provider_reply *reply, const struct provider_answer *answer, uint64_t ttl_s, uint64_t ttc_s)
{
	reply->ttl = min_u64(ttl_s, VENDOR_EXPIRES_MAX_MS / 1000);
	reply->ttc = min_u64(ttc_s, VENDOR_NEXT_CHANGE_MAX_MS / 1000);
	reply->expires_in_ms = vendor_until(reply->ttl * 1000, 0, answer->age_ms, VENDOR_EXPIRES_MAX_MS);
	reply->next_change_in_ms =
		vendor_until(reply->ttc * 1000, 0, answer->age_ms, VENDOR_NEXT_CHANGE_MAX_MS);
}

void vendor_expiry_take(enum provider_call call, struct slice text, const struct provider_answer *answer,
	struct provider_reply *reply)
{
	int64_t at;

	if (!iso8601_parse(text, &at) || at <= 0)
		return;
	snprintf(reply->expires_at, sizeof(reply->expires_at), "%" PRId64, at);
	if (answer->date_ms <= 0)
		return;
	if (at <= answer->date_ms) {
		vendor_refuse(reply, "the upstream has expired already");
		if (call == PROVIDER_CURRENT)
			reply->class = FAILURE_NOT_ASSIGNED;
		return;
	}
	reply->expires_in_ms =
		vendor_until((uint64_t)at, (uint64_t)answer->date_ms, answer->age_ms, VENDOR_EXPIRES_MAX_MS);
	reply->ttl = reply->expires_in_ms / 1000;
}
