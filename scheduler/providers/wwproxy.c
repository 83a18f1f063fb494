/*
 * wwproxy.c: the WWProxy HTTP API (https://wwproxy.com/api/client/proxy). The key travels in the query
 * string. `status` "OK" is success; refusals are "BAD_REQUEST" and say in Vietnamese what they mean. The end
 * of a life is a time of day, so the answer's own Date header is "now". There is no call that gives a proxy
 * back. Its provinces are numbers of its own, so any is asked for.
 */
#include "scheduler/providers/vendor_answer.h"

#include <string.h>

enum { DEFAULT_TTL_S = 1200, DEFAULT_NEXT_CHANGE_S = 60 };

static bool wwproxy_build(enum provider_call call, struct slice base, struct slice key, struct slice region,
	struct provider_request *request, struct err *err)
{
	(void)region;
	if (!vendor_key_check(key, err))
		return false;
	buf_append_slice(&request->url, base);
	buf_append_str(&request->url, call == PROVIDER_NEW ? "/available?key=" : "/current?key=");
	vendor_url_escape(&request->url, key);
	if (call == PROVIDER_NEW)
		buf_append_str(&request->url, "&provinceId=-1");
	return vendor_request_fits(request, err);
}

/* "ip:port[:user:pass]", or "user:pass@ip:port". */
static bool take_proxy(struct slice text, enum address_policy policy, struct provider_reply *reply)
{
	const char *at = text.len ? memchr(text.data, '@', text.len) : NULL;
	struct slice user, pass;

	if (!at)
		return vendor_address_take(text, policy, reply, reply->http);
	if (!slice_cut(slice_of(text.data, (size_t)(at - text.data)), ':', &user, &pass) || user.len == 0)
		return vendor_refuse(reply, "the upstream's credentials are not user:pass");
	return vendor_credentials_take(user, pass, reply) &&
	       vendor_address_take(
		       slice_from(text, (size_t)(at - text.data) + 1), policy, reply, reply->http);
}

static void read_success(enum provider_call call, const struct json *root,
	const struct provider_answer *answer, struct provider_reply *reply)
{
	const struct json *data = json_member(root, "data");
	uint64_t ttc_s = DEFAULT_NEXT_CHANGE_S;

	if (!take_proxy(vendor_string(data, "proxy"), answer->policy, reply))
		return;
	if (reply->http[0] == '\0') {
		vendor_nothing_named(call, reply);
		return;
	}
	if (!vendor_number(data, "nextChange", &ttc_s))
		ttc_s = DEFAULT_NEXT_CHANGE_S;
	vendor_times(reply, answer, DEFAULT_TTL_S, ttc_s);
	vendor_expiry_take(call, vendor_string(data, "expiredTime"), answer, reply);
}

static void wwproxy_read(
	enum provider_call call, const struct provider_answer *answer, struct provider_reply *reply)
{
	struct json *root = vendor_answer_open(answer, reply);
	struct slice message = vendor_string(root, "message");

	if (root && !slice_eq_str(vendor_string(root, "status"), "OK"))
		vendor_failure(reply, vendor_message_class(message), answer, message, 0);
	else if (root && vendor_success_believed(answer, reply))
		read_success(call, root, answer, reply);
	vendor_answer_settle(call, answer, reply);
	json_free(root);
}

const struct provider provider_wwproxy = {
	.name = "wwproxy",
	.kind = PROVIDER_ROTATES,
	.calls = PROVIDER_CALL(PROVIDER_NEW) | PROVIDER_CALL(PROVIDER_CURRENT),
	.base = "https://wwproxy.com/api/client/proxy",
	.build = wwproxy_build,
	.read = wwproxy_read,
};
