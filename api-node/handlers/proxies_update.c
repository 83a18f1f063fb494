/*
 * proxies_update.c: PUT /api/proxies/{id}.
 *
 *	take the form → proxy_update.lua
 *	  without a new key: 200 at once
 *	  with one: it is tried at the provider first (a job of its own); the rest of the form waits with it,
 *	            but is_active: 200 | 422, the proxy stays as it was | 202 it is still being tried
 */
#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/job_reply.h"
#include "api-node/handlers/proxy_form.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/handlers/proxy_secrets.h"
#include "api-node/handlers/proxy_upstream.h"
#include "api-node/job_waits.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "api-node/sessions.h"
#include "shared/base/ensure.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/job_result.h"
#include "shared/model/messages.h"
#include "shared/model/provider_names.h"
#include "shared/model/proxy.h"
#include "shared/model/validate.h"
#include "shared/store/store_proxies.h"
#include "shared/store/store_result.h"

static void keep_version(struct request *req, struct slice version)
{
	free(req->work);
	req->work = mem_strndup(version.data, version.len);
	req->work_free = free;
}

/* The change is made, and our copy shows it, unless Redis went away in between. */
static void reply_changed(struct request *req)
{
	const struct record *record = records_find(req->api->records, req->path_id);

	if (record)
		proxy_reply(req, 200, record, slice_from_str(req->work));
	else
		proxy_reply_unseen(req, 200, slice_from_str(req->work));
}

/* 202. `result`: how the last try ended, NULL when it has not. */
static void reply_key_waits(struct request *req, const char *message_id, const struct job_result *result)
{
	struct slice id = result ? result->message_id : slice_from_str(message_id);
	struct json_writer w;
	struct buf body, detail;

	buf_init(&body, 0);
	buf_init(&detail, 0);
	message_format(&detail, id, MESSAGE_ENGLISH, result ? job_result_params(result) : NULL);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_put_uint(&w, "id", req->path_id);
	json_put_cstr(&w, "status", "running");
	json_put_str(&w, "message_id", id);
	json_put_str(&w, "detail", buf_slice(&detail));
	if (result && result->retry_in_ms > 0)
		json_put_int(&w, "retry_after_seconds", (result->retry_in_ms + 999) / 1000);
	json_put_cstr(&w, "version", req->work);
	json_object_end(&w);
	buf_done(&detail);
	reply_json(req, 202, &body);
}

static void on_key_tried(struct request *req, const struct job_result *result)
{
	if (!result) {
		reply_key_waits(req, "msg.key_tried", NULL);
		return;
	}
	if (result->outcome == JOB_OUTCOME_OK) {
		keep_version(req, result->version);
		sessions_caught_up(req, reply_changed);
		return;
	}
	/* The provider refused the key, or it is no longer wanted (FAILURE_NONE): the old one stays. Anything
	 * else says nothing about the key: it is tried again. */
	if (result->failure == FAILURE_INVALID_KEY || result->failure == FAILURE_EXPIRED_KEY ||
		result->failure == FAILURE_NONE)
		job_failure_reply(req, result);
	else
		reply_key_waits(req, NULL, result);
}

static void on_updated(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);

	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	keep_version(req, store_result_str(result, "version"));
	struct slice job = store_result_str(result, "job");
	if (job.len > 0)
		job_waits_add(req->api->job_waits, req, job, on_key_tried);
	else if (store_result_uint(result, "waits") == 1)
		reply_key_waits(req, "msg.key_waits", NULL);
	else
		sessions_caught_up(req, reply_changed);
}

/* A key goes by the name that its vendor's keys have; a fixed upstream has none. */
static bool check_key(struct request *req, const struct proxy *proxy)
{
	bool kiotproxy = slice_eq_str(proxy->provider, PROVIDER_DEFAULT);

	if (!provider_name_sold(proxy->provider)) {
		bool old_name = json_member(req->json, "kiotproxy_key");
		reply_problem(req, 400, "err.unknown_field",
			old_name ? "{\"field\":\"kiotproxy_key\"}" : "{\"field\":\"provider_key\"}",
			"This proxy has a fixed upstream; it has no key.");
		return false;
	}
	if (!kiotproxy && json_member(req->json, "kiotproxy_key")) {
		reply_problem(req, 400, "err.unknown_field", "{\"field\":\"kiotproxy_key\"}",
			"This proxy is of another provider; send its key as provider_key.");
		return false;
	}
	return true;
}

/* The one field that not every proxy has; bulk changes do not take it, since no two proxies share an
 * upstream. */
static bool take_upstream(
	struct request *req, struct proxy_form *form, const struct proxy *proxy, struct field_err *err)
{
	const struct json *member = req->json ? json_member(req->json, "upstream") : NULL;
	struct slice url;

	if (!member)
		return true;
	if (provider_name_sold(proxy->provider))
		return field_err_set(err, "upstream", "err.not_static");
	if (!json_str(member, &url))
		return field_err_wanted(err, "upstream", "err.type", "a string");
	if (!proxy_upstream_take(form, url, upstream_policy_of(req), err))
		return false;
	proxy_upstream_drop_same(form, proxy, req->api->keyring);
	return true;
}

static void apply(struct request *req, struct proxy_form *form, const struct proxy *proxy)
{
	struct err err = {0};
	struct slice value;

	if (proxy_form_get(form, "provider_key", &value) && !check_key(req, proxy))
		return;
	if (proxy_form_get(form, "user_id", &value) && !user_role_may(req->caller.who.role, MAY_ASSIGN_PROXY))
		reply_problem(req, 403, "err.forbidden", NULL, NULL);
	else if (!proxy_secrets_seal(form, req->api->keyring, req->path_id, proxy->provider, &err))
		reply_unknown(req, err.msg);
	else if (form->count == 0)
		proxies_get(req); /* nothing to change */
	else
		store_proxy_update(req->api->store, req->path_id, actor_of(req), proxy_form_fields(form),
			on_updated, req);
}

void proxies_update(struct request *req)
{
	static const char *const others[] = {"upstream"};
	const struct record *record = proxy_of_request(req, MAY_EDIT_PROXY);
	struct proxy_form form;
	struct field_err field = {0};

	if (!record)
		return;
	proxy_form_init(&form);
	if (proxy_form_take_others(&form, req->json, FORM_EDIT, others, ARRAY_LEN(others), &field) &&
		take_upstream(req, &form, record->proxy, &field))
		apply(req, &form, record->proxy);
	else
		field_reply(req, &field);
	proxy_form_done(&form);
}
