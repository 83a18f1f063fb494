/* proxies.c: showing, editing and deleting a proxy. The list is proxies_list.c, adding one proxies_create.c.
 */
#include <stdio.h>
#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/proxy_form.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/handlers/proxy_secrets.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "api-node/sessions.h"
#include "shared/base/ensure.h"
#include "shared/model/proxy.h"
#include "shared/model/validate.h"
#include "shared/store/store_proxies.h"
#include "shared/store/store_result.h"

#define DELETED_KEEP_MS (24ull * 60 * 60 * 1000)

void proxies_get(struct request *req)
{
	const struct record *record = proxy_of_request(req, MAY_SEE_PROXY);

	if (record)
		proxy_reply(req, 200, record, SLICE_NONE);
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

static void on_updated(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct slice version;

	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	version = store_result_str(result, "version");
	req->work = mem_strndup(version.data, version.len);
	req->work_free = free;
	sessions_caught_up(req, reply_changed);
}

void proxies_update(struct request *req)
{
	struct proxy_form form;
	struct field_err field = {0};
	struct err err = {0};
	struct slice value;

	if (!proxy_of_request(req, MAY_EDIT_PROXY))
		return;
	proxy_form_init(&form);
	if (!proxy_form_take(&form, req->json, FORM_EDIT, &field))
		field_reply(req, &field);
	else if (proxy_form_get(&form, "user_id", &value) &&
		 !user_role_may(req->caller.who.role, MAY_ASSIGN_PROXY))
		reply_problem(req, 403, "err.forbidden", NULL, NULL);
	else if (!proxy_secrets_seal(&form, req->api->keyring, req->path_id, &err))
		reply_unknown(req, err.msg);
	else if (form.count == 0)
		proxies_get(req); /* nothing to change */
	else
		store_proxy_update(req->api->store, req->path_id, actor_of(req), proxy_form_fields(&form),
			on_updated, req);
	proxy_form_done(&form);
}

static void on_deleted(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);

	if (result->status == STORE_OK)
		reply_empty(req, 204);
	else
		store_refusal_reply(req, result);
}

void proxies_delete(struct request *req)
{
	char release[8] = "";
	bool bad;

	if (!proxy_of_request(req, MAY_EDIT_PROXY))
		return;
	bool given = request_query(req, "release", release, sizeof(release), &bad);
	struct slice text = slice_from_str(release);
	if (bad || (given && !slice_eq_str(text, "true") && !slice_eq_str(text, "false"))) {
		reply_problem(req, 400, "err.bad_request", NULL, "release must be true or false.");
		return;
	}
	store_proxy_delete(req->api->store, req->path_id, actor_of(req),
		slice_eq_str(text, "true") ? STORE_RELEASE_UPSTREAM : STORE_KEEP_UPSTREAM, DELETED_KEEP_MS,
		(uint64_t)req->api->config->number_reuse_hours * 3600 * 1000, on_deleted, req);
}
