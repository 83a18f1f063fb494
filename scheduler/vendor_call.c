/* vendor_call.c: see vendor_call.h. A call that fails before it is sent still answers through the loop, so
 * that callers have one way in. */
#include "scheduler/vendor_call.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "scheduler/http_client.h"
#include "scheduler/sched_config.h"
#include "scheduler/sched_metrics.h"
#include "shared/base/ensure.h"
#include "shared/base/failpoint.h"
#include "shared/base/log.h"
#include "shared/crypto/seal.h"
#include "shared/model/proxy.h"

enum { CALL_TIMEOUT_MS = 15000, CALL_CONNECT_MS = 5000, ANSWER_MAX_BYTES = 64 * 1024 };

struct vendor_call {
	const struct sched_env *env;     /* borrowed */
	const struct provider *provider; /* static */
	enum provider_call kind;
	enum log_level good_log;
	struct http_transfer *transfer; /* owned by the http client; NULL when nothing is under way */
	struct loop_timer *refusal;     /* owned; runs when the call could not even start */
	struct buf key;                 /* owned; the plain key, wiped at the end */
	struct provider_reply reply;
	vendor_done_fn *done;
	void *arg;
	char job[JOB_NAME_BYTES];
};

static void call_free(struct vendor_call *call)
{
	secret_wipe(&call->key);
	loop_timer_free(call->env->loop, call->refusal);
	free(call);
}

static void call_finish(struct vendor_call *call, uint64_t latency_ms)
{
	vendor_done_fn *done = call->done;
	void *arg = call->arg;
	struct provider_reply reply = call->reply;

	call_free(call);
	done(&reply, latency_ms, arg);
}

static void on_refusal(void *arg)
{
	call_finish(arg, 0);
}

static struct vendor_call *refuse(struct vendor_call *call, const struct err *err)
{
	call->reply = (struct provider_reply){.class = FAILURE_TRANSIENT, .effect = EFFECT_NONE};
	snprintf(call->reply.reason, sizeof(call->reply.reason), "%.*s", (int)sizeof(call->reply.reason) - 1,
		err->msg);
	log_warning("the provider was not asked", log_str("job", call->job), log_err(err));
	loop_timer_start(call->env->loop, call->refusal, 0);
	return call;
}

static void on_answer(const struct http_answer *answer, void *arg)
{
	struct vendor_call *call = arg;
	struct provider_reply *reply = &call->reply;

	call->transfer = NULL;
	failpoint("after_answer");
	if (answer->outcome == HTTP_ANSWERED) {
		struct provider_answer in = {
			.http_status = answer->status,
			.content_type = answer->content_type,
			.body = answer->body,
			.date_ms = answer->date_ms,
			.retry_after_s = answer->retry_after_s,
			.key = buf_slice(&call->key),
			.policy = call->env->config->common.upstream_allow_private ? ADDRESS_PRIVATE_ALLOWED
										   : ADDRESS_PUBLIC_ONLY,
		};
		call->provider->read(call->kind, &in, reply);
	} else {
		*reply = (struct provider_reply){.class = FAILURE_TRANSIENT,
			.effect = answer->outcome == HTTP_LOST ? EFFECT_UNKNOWN : EFFECT_NONE};
		snprintf(reply->reason, sizeof(reply->reason), "%.*s", (int)sizeof(reply->reason) - 1,
			answer->err.msg);
	}
	sched_metrics_vendor(call->env->metrics, call->kind, reply->class, answer->latency_ms);
	log_event(reply->class == FAILURE_NONE ? call->good_log : LOG_INFO, "the provider answered",
		log_str("job", call->job), log_str("call", provider_call_text(call->kind)),
		log_uint("http", answer->status),
		log_str("class", reply->class ? failure_class_text(reply->class) : "OK"),
		log_str("reason", reply->reason), log_str("said", reply->message),
		log_uint("ms", answer->latency_ms));
	call_finish(call, answer->latency_ms);
}

static struct slice provider_base(const struct sched_env *env, const struct provider *provider)
{
	struct slice base;

	if (provider == &provider_kiotproxy)
		base = slice_from_str(env->config->kiotproxy_api_base);
	else if (!sched_config_provider_base(env->config, slice_from_str(provider->name), &base))
		base = slice_from_str(provider->base);

	while (base.len > 0 && base.data[base.len - 1] == '/')
		base.len--;
	return base;
}

static bool unseal_key(struct vendor_call *call, const struct proxy *proxy, struct err *err)
{
	char aad[64];

	snprintf(aad, sizeof(aad), "proxy:%" PRId64 ":provider_key", proxy->id);
	return unseal(call->env->keyring, slice_from_str(aad), proxy->provider_key, &call->key, err) ||
	       err_prefix(err, "the provider key");
}

struct vendor_call *vendor_call_start(
	const struct sched_env *env, const struct vendor_request *request, vendor_done_fn *done, void *arg)
{
	struct vendor_call *call = mem_zalloc(sizeof(*call));
	struct provider_request out;
	struct err err;

	*call = (struct vendor_call){
		.env = env, .kind = request->call, .good_log = request->good_log, .done = done, .arg = arg};
	snprintf(call->job, sizeof(call->job), "%s", request->job);
	buf_init(&call->key, PROVIDER_TEXT_BYTES);
	call->refusal = loop_timer_new(env->loop, on_refusal, call);
	ensure(call->refusal);
	call->provider = provider_find(request->proxy->provider);
	provider_request_init(&out);
	if (!call->provider) {
		err_set(&err, ERR_INVALID, "\"%.*s\" is not a provider we know",
			SLICE_ARG(request->proxy->provider));
		refuse(call, &err);
		goto out;
	}
	if (!provider_offers(call->provider, call->kind)) {
		call->reply = provider_not_offered(call->provider, call->kind);
		loop_timer_start(env->loop, call->refusal, 0);
		goto out;
	}
	if (!unseal_key(call, request->proxy, &err) ||
		!call->provider->build(call->kind, provider_base(env, call->provider), buf_slice(&call->key),
			request->region, &out, &err)) {
		refuse(call, &err);
		goto out;
	}
	struct http_request http = {
		.method = out.method,
		.url = buf_str(&out.url),
		.content_type = out.content_type,
		.body = buf_slice(&out.body),
		.repeat = call->kind == PROVIDER_CURRENT ? HTTP_MAY_REPEAT : HTTP_SEND_ONCE,
		.send_before_ms = request->send_before_ms,
		.timeout_ms = CALL_TIMEOUT_MS,
		.connect_timeout_ms = CALL_CONNECT_MS,
		.body_max_bytes = ANSWER_MAX_BYTES,
	};
	call->transfer = http_client_start(env->http, &http, on_answer, call, &err);
	if (!call->transfer)
		refuse(call, &err);
out:
	secret_wipe(&out.url);
	secret_wipe(&out.body);
	provider_request_done(&out);
	return call;
}

void vendor_call_cancel(struct vendor_call *call)
{
	if (!call)
		return;
	http_transfer_cancel(call->transfer);
	call_free(call);
}
