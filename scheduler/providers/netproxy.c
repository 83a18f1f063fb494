/*
 * netproxy.c: the NetProxy HTTP API (https://api.netproxy.io/api/rotateProxy). The key travels in the query
 * string. `success` decides; `data.nextChange` is the seconds until a change is allowed, in refusals too. The
 * upstream knows its clients by their IP address, so it has no credentials. `data.refreshAt`, a time of day,
 * only tells one assignment from another: what happens then is not documented. There is no call that gives a
 * proxy back, and countries are all it can choose, so any is asked for.
 */
#include "scheduler/providers/vendor_answer.h"

#include "shared/model/iso8601.h"

#include <inttypes.h>
#include <stdio.h>

enum { DEFAULT_TTL_S = 1200, DEFAULT_NEXT_CHANGE_S = 120 };

static bool netproxy_build(enum provider_call call, struct slice base, struct slice key, struct slice region,
	struct provider_request *request, struct err *err)
{
	(void)region;
	if (!vendor_key_check(key, err))
		return false;
	buf_append_slice(&request->url, base);
	buf_append_str(
		&request->url, call == PROVIDER_NEW ? "/getNewProxy?apiKey=" : "/getCurrentProxy?apiKey=");
	vendor_url_escape(&request->url, key);
	if (call == PROVIDER_NEW)
		buf_append_str(&request->url, "&country=all");
	return vendor_request_fits(request, err);
}

static void read_success(enum provider_call call, const struct json *root,
	const struct provider_answer *answer, struct provider_reply *reply)
{
	const struct json *data = json_member(root, "data");
	uint64_t ttc_s = DEFAULT_NEXT_CHANGE_S;
	int64_t at;

	if (!vendor_address_take(vendor_string(data, "proxy"), answer->policy, reply, reply->http))
		return;
	if (reply->http[0] == '\0') {
		vendor_nothing_named(call, reply);
		return;
	}
	if (!vendor_number(data, "nextChange", &ttc_s))
		ttc_s = DEFAULT_NEXT_CHANGE_S;
	vendor_times(reply, answer, DEFAULT_TTL_S, ttc_s);
	if (iso8601_parse(vendor_string(data, "refreshAt"), &at) && at > 0)
		snprintf(reply->expires_at, sizeof(reply->expires_at), "%" PRId64, at);
}

static void read_failure(
	const struct json *root, const struct provider_answer *answer, struct provider_reply *reply)
{
	struct slice message = vendor_string(root, "message");
	enum failure_class class = vendor_message_class(message);
	uint64_t wait_s = 0;

	if (!vendor_number(json_member(root, "data"), "nextChange", &wait_s))
		wait_s = 0;
	if (class == FAILURE_TRANSIENT && wait_s > 0)
		class = FAILURE_COOLDOWN;
	vendor_failure(reply, class, answer, message, wait_s);
}

static void netproxy_read(
	enum provider_call call, const struct provider_answer *answer, struct provider_reply *reply)
{
	struct json *root = vendor_answer_open(answer, reply);
	const struct json *success = json_member(root, "success");
	bool yes = false;

	if (root && !(success && json_bool(success, &yes) && yes))
		read_failure(root, answer, reply);
	else if (root && vendor_success_believed(answer, reply))
		read_success(call, root, answer, reply);
	vendor_answer_settle(call, answer, reply);
	json_free(root);
}

const struct provider provider_netproxy = {
	.name = "netproxy",
	.kind = PROVIDER_ROTATES,
	.calls = PROVIDER_CALL(PROVIDER_NEW) | PROVIDER_CALL(PROVIDER_CURRENT),
	.base = "https://api.netproxy.io/api/rotateProxy",
	.build = netproxy_build,
	.read = netproxy_read,
};
