/*
 * proxies_create.c: POST /api/proxies.
 *
 *	take the form → reserve an id (seals are bound to it) → proxy_create.lua
 *	  static: 201 at once
 *	  others: wait for the first job: 201 | 422 (the record is gone again) | 202 (it stays and is
 *	          tried again)
 */
#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/handlers/create_defaults.h"
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
#include "shared/model/job_result.h"
#include "shared/model/provider_names.h"
#include "shared/model/validate.h"
#include "shared/store/store_proxies.h"
#include "shared/store/store_result.h"

enum { VERSION_BYTES = 64, PROVIDER_NAME_BYTES = 32 };

struct creation {
	struct proxy_form form;
	unsigned status; /* of the answer */
	char version[VERSION_BYTES];
};

static void creation_free(void *arg)
{
	struct creation *creation = arg;

	proxy_form_done(&creation->form);
	free(creation);
}

static void reply_created(struct request *req)
{
	struct creation *creation = req->work;
	const struct record *record = records_find(req->api->records, req->path_id);

	reply_header(req, "Location", "/api/proxies/%llu", (unsigned long long)req->path_id);
	if (record)
		proxy_reply(req, creation->status, record, slice_from_str(creation->version));
	else
		proxy_reply_unseen(req, creation->status, slice_from_str(creation->version));
}

static void keep_version(struct creation *creation, struct slice version)
{
	if (!slice_copy(version, creation->version, sizeof(creation->version)))
		creation->version[0] = '\0';
}

static void on_first_job(struct request *req, const struct job_result *result)
{
	struct creation *creation = req->work;

	if (result && result->outcome == JOB_OUTCOME_ERROR &&
		(result->failure == FAILURE_INVALID_KEY || result->failure == FAILURE_EXPIRED_KEY)) {
		job_failure_reply(req, result);
		return;
	}
	bool works = result && result->outcome == JOB_OUTCOME_OK;
	creation->status = works ? 201 : 202;
	if (works)
		keep_version(creation, result->version);
	sessions_caught_up(req, reply_created);
}

static void on_created(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct creation *creation = req->work;

	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	keep_version(creation, store_result_str(result, "version"));
	struct slice job = store_result_str(result, "job");
	if (job.len > 0) {
		job_waits_add(req->api->job_waits, req, job, on_first_job);
		return;
	}
	creation->status = 201;
	sessions_caught_up(req, reply_created);
}

static void on_id(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct creation *creation = req->work;
	struct slice provider;
	char name[PROVIDER_NAME_BYTES];
	struct err err = {0};

	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	req->path_id = store_result_uint(result, "first_id");
	/* check_form saw to it. Copied: sealing moves the form's texts. */
	ensure(proxy_form_get(&creation->form, "provider", &provider) &&
		slice_copy(provider, name, sizeof(name)));
	if (!proxy_secrets_seal(
		    &creation->form, req->api->keyring, req->path_id, slice_from_str(name), &err)) {
		reply_unknown(req, err.msg);
		return;
	}
	store_proxy_create(req->api->store, req->path_id, actor_of(req), proxy_form_fields(&creation->form),
		on_created, req);
}

static bool check_form(struct request *req, struct proxy_form *form, struct field_err *err)
{
	struct slice provider = SLICE_LIT(PROVIDER_DEFAULT), value;

	if (!proxy_form_get(form, "key_name", &value))
		return field_err_set(err, "key_name", "err.required");
	if (proxy_form_get(form, "provider", &provider) && !provider_name_sold(provider)) {
		if (proxy_form_get(form, "provider_key", &value))
			return field_err_set(err,
				json_member(req->json, "kiotproxy_key") ? "kiotproxy_key" : "provider_key",
				"err.static_no_key");
		proxy_form_set_int(form, "first_job", 0); /* first: it may move the form's texts */
		if (!proxy_form_get(form, "upstream", &value))
			return field_err_set(err, "upstream", "err.required");
		return proxy_upstream_take(form, value, upstream_policy_of(req), err);
	}
	if (proxy_form_get(form, "upstream", &value))
		return field_err_set(err, "upstream", "err.not_static");
	if (!proxy_form_get(form, "provider_key", &value))
		return field_err_set(err,
			slice_eq_str(provider, PROVIDER_DEFAULT) ? "kiotproxy_key" : "provider_key",
			"err.required");
	if (!proxy_form_get(form, "provider", &value))
		proxy_form_set(form, "provider", SLICE_LIT(PROVIDER_DEFAULT));
	proxy_form_set_int(form, "first_job", 1);
	proxy_form_set_int(form, "await_ms", JOB_WAIT_MS);
	return true;
}

void proxies_create(struct request *req)
{
	struct creation *creation = mem_zalloc(sizeof(*creation));
	struct field_err err = {0};
	struct slice password;

	proxy_form_init(&creation->form);
	req->work = creation;
	req->work_free = creation_free;
	if (!proxy_form_take(&creation->form, req->json, FORM_CREATE, &err) ||
		!check_form(req, &creation->form, &err)) {
		field_reply(req, &err);
		return;
	}
	create_defaults(req, &creation->form);
	if (!proxy_form_get(&creation->form, "password", &password))
		proxy_secrets_generate_password(&creation->form);
	store_id_take_once(req->api->store, 1, slice_from_str(req->idempotency_scope), on_id, req);
}
