/*
 * proxyxoay.c: the ProxyXoay HTTP API (https://proxyxoay.shop/api/get.php). One call, which changes the proxy
 * whenever that is allowed: it cannot be asked what is assigned without risking a change, so there is no
 * "current" here, and nothing gives a proxy back. `status` 100 is success; 101 with seconds "too early", else
 * "no such key"; 102 expired; 103 none left. The life stands in the message: "proxy nay se die sau 1777s".
 */
#include "scheduler/providers/vendor_answer.h"

enum { DEFAULT_TTL_S = 1200, NEXT_CHANGE_S = 60 };

static bool proxyxoay_build(enum provider_call call, struct slice base, struct slice key, struct slice region,
	struct provider_request *request, struct err *err)
{
	(void)call;
	(void)region;
	if (!vendor_key_check(key, err))
		return false;
	buf_append_slice(&request->url, base);
	buf_append_str(&request->url, "/get.php?key=");
	vendor_url_escape(&request->url, key);
	buf_append_str(&request->url, "&nhamang=random&tinhthanh=0");
	return vendor_request_fits(request, err);
}

static void read_success(enum provider_call call, const struct json *root,
	const struct provider_answer *answer, struct provider_reply *reply)
{
	uint64_t ttl_s = DEFAULT_TTL_S;
	struct ip_addr exit_ip;

	if (!vendor_address_take(vendor_string(root, "proxyhttp"), answer->policy, reply, reply->http) ||
		!vendor_address_take(
			vendor_string(root, "proxysocks5"), answer->policy, reply, reply->socks5))
		return;
	if (reply->http[0] == '\0' && reply->socks5[0] == '\0') {
		vendor_nothing_named(call, reply);
		return;
	}
	if (!vendor_text_number(vendor_string(root, "message"), "die sau ", "s", &ttl_s))
		ttl_s = DEFAULT_TTL_S;
	vendor_times(reply, answer, ttl_s, NEXT_CHANGE_S);
	if (ip_addr_parse(vendor_string(root, "ip"), &exit_ip))
		ip_addr_text(&exit_ip, reply->exit_ip);
	vendor_text_copy(
		vendor_string(root, "Vi Tri"), answer->key, reply->location, sizeof(reply->location));
}

static enum failure_class class_of(uint64_t status, struct slice message)
{
	uint64_t s;

	switch (status) {
	case 101: return vendor_message_seconds(message, &s) ? FAILURE_COOLDOWN : FAILURE_INVALID_KEY;
	case 102: return FAILURE_EXPIRED_KEY;
	case 103: return FAILURE_NO_STOCK;
	default: return vendor_message_class(message);
	}
}

static void proxyxoay_read(
	enum provider_call call, const struct provider_answer *answer, struct provider_reply *reply)
{
	struct json *root = vendor_answer_open(answer, reply);
	struct slice message = vendor_string(root, "message");
	uint64_t status = 0;

	if (root && (!vendor_number(root, "status", &status) || status != 100))
		vendor_failure(reply, class_of(status, message), answer, message, 0);
	else if (root && vendor_success_believed(answer, reply))
		read_success(call, root, answer, reply);
	vendor_answer_settle(call, answer, reply);
	json_free(root);
}

const struct provider provider_proxyxoay = {
	.name = "proxyxoay",
	.kind = PROVIDER_ROTATES,
	.calls = PROVIDER_CALL(PROVIDER_NEW),
	.base = "https://proxyxoay.shop/api",
	.build = proxyxoay_build,
	.read = proxyxoay_read,
};
