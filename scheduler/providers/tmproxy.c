/*
 * tmproxy.c: the TMProxy HTTP API (https://tmproxy.com/api/proxy): POST with a JSON body that holds the key.
 * Answers say what they are by `code`: 0 is success, 5 "too early", 11 "no such key"; other refusals by their
 * words. All times are seconds. /get-current-proxy without a proxy is a success with an empty address. There
 * is no call that gives a proxy back. Its locations are numbers of its own, so any location is asked for.
 */
#include "scheduler/providers/vendor_answer.h"
#include "shared/json/json_writer.h"

enum { DEFAULT_TTL_S = 1200, DEFAULT_NEXT_CHANGE_S = 240 };

static bool tmproxy_build(enum provider_call call, struct slice base, struct slice key, struct slice region,
	struct provider_request *request, struct err *err)
{
	struct json_writer w;

	(void)region;
	if (!vendor_key_check(key, err))
		return false;
	request->method = "POST";
	request->content_type = "application/json";
	buf_append_slice(&request->url, base);
	buf_append_str(&request->url, call == PROVIDER_NEW ? "/get-new-proxy" : "/get-current-proxy");
	json_writer_init(&w, &request->body);
	json_object_begin(&w);
	json_put_str(&w, "api_key", key);
	if (call == PROVIDER_NEW) {
		json_put_int(&w, "id_location", 0);
		json_put_cstr(&w, "sign", "");
	}
	json_object_end(&w);
	return vendor_request_fits(request, err);
}

static void read_success(enum provider_call call, const struct json *root,
	const struct provider_answer *answer, struct provider_reply *reply)
{
	const struct json *data = json_member(root, "data");
	uint64_t ttl_s = DEFAULT_TTL_S, ttc_s = DEFAULT_NEXT_CHANGE_S;
	struct ip_addr exit_ip;

	if (!vendor_credentials_take(
		    vendor_string(data, "username"), vendor_string(data, "password"), reply) ||
		!vendor_address_take(vendor_string(data, "https"), answer->policy, reply, reply->http) ||
		!vendor_address_take(vendor_string(data, "socks5"), answer->policy, reply, reply->socks5))
		return;
	bool told = vendor_number(data, "timeout", &ttl_s);
	if ((reply->http[0] == '\0' && reply->socks5[0] == '\0') || (told && ttl_s == 0)) {
		vendor_nothing_named(call, reply);
		return;
	}
	if (!vendor_number(data, "next_request", &ttc_s))
		ttc_s = DEFAULT_NEXT_CHANGE_S;
	vendor_times(reply, answer, ttl_s, ttc_s);
	if (ip_addr_parse(vendor_string(data, "public_ip"), &exit_ip))
		ip_addr_text(&exit_ip, reply->exit_ip);
	vendor_text_copy(
		vendor_string(data, "location_name"), answer->key, reply->location, sizeof(reply->location));
}

static void read_failure(const struct json *root, uint64_t code, const struct provider_answer *answer,
	struct provider_reply *reply)
{
	struct slice message = vendor_string(root, "message");
	enum failure_class class;
	uint64_t wait_s = 0;

	switch (code) {
	case 5: class = FAILURE_COOLDOWN; break;
	case 11: class = FAILURE_INVALID_KEY; break;
	default: class = vendor_message_class(message); break;
	}
	if (!vendor_number(json_member(root, "data"), "next_request", &wait_s))
		wait_s = 0;
	vendor_failure(reply, class, answer, message, wait_s);
}

static void tmproxy_read(
	enum provider_call call, const struct provider_answer *answer, struct provider_reply *reply)
{
	struct json *root = vendor_answer_open(answer, reply);
	uint64_t code = 0;

	if (root && !vendor_number(root, "code", &code)) {
		vendor_refuse(reply, "the answer has no code");
		reply->effect = EFFECT_UNKNOWN;
	} else if (root && code != 0) {
		read_failure(root, code, answer, reply);
	} else if (root && vendor_success_believed(answer, reply)) {
		read_success(call, root, answer, reply);
	}
	vendor_answer_settle(call, answer, reply);
	json_free(root);
}

const struct provider provider_tmproxy = {
	.name = "tmproxy",
	.kind = PROVIDER_ROTATES,
	.calls = PROVIDER_CALL(PROVIDER_NEW) | PROVIDER_CALL(PROVIDER_CURRENT),
	.base = "https://tmproxy.com/api/proxy",
	.build = tmproxy_build,
	.read = tmproxy_read,
};
