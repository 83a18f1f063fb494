/* bulk_actions.c: see bulk_actions.h. Reading the members is bulk_members.c. */
#include "api-node/handlers/bulk_actions.h"

#include "api-node/api.h"
#include "api-node/handlers/bulk_members.h"
#include "api-node/handlers/proxies_deleted.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/handlers/proxy_secrets.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/model/iso8601.h"
#include "shared/model/validate.h"
#include "shared/store/store_proxies.h"
#include "shared/store/store_result.h"

static struct store *store_of(const struct bulk_item *item)
{
	return item->bulk->req->api->store;
}

static void on_done(const struct store_result *result, void *arg)
{
	struct bulk_item *item = arg;

	if (result->status == STORE_OK || result->status == STORE_ALREADY)
		bulk_started(item, result);
	else
		bulk_refuse_result(item, BULK_REFUSED, result);
}

/* --- rotate, check, sync, cancel, restart --- */

static void end_scheduled(struct bulk_item *item, const struct store_result *result)
{
	char at[ISO8601_TEXT_BYTES];
	struct json_writer w;

	iso8601_text(store_result_int(result, "at_ms"), at);
	bulk_result_begin(item, BULK_SCHEDULED, &w);
	json_put_cstr(&w, "rotation_scheduled_at", at);
	json_put_int(&w, "retry_after_seconds", (store_result_int(result, "retry_in_ms") + 999) / 1000);
	bulk_result_end(item, &w);
}

static void on_requested(const struct store_result *result, void *arg)
{
	struct bulk_item *item = arg;

	if (result->status == STORE_QUEUED || result->status == STORE_JOINED)
		bulk_started(item, NULL);
	else if (result->status == STORE_SCHEDULED)
		end_scheduled(item, result);
	else
		bulk_refuse_result(item, BULK_REFUSED, result);
}

static void request_job(struct bulk_call *call, struct bulk_item *item, const char *kind)
{
	const struct store_rotation_request request = {
		.id = item->id,
		.kind = kind,
		.actor = actor_of(item->bulk->req),
		.region = slice_from_str(call->region),
		.when = call->when,
	};

	store_rotation_request(store_of(item), &request, on_requested, item);
}

static void start_rotate(struct bulk_call *call, struct bulk_item *item)
{
	request_job(call, item, "rotate");
}

static void start_check(struct bulk_call *call, struct bulk_item *item)
{
	request_job(call, item, "check");
}

static void start_sync(struct bulk_call *call, struct bulk_item *item)
{
	request_job(call, item, "sync");
}

static void start_cancel(struct bulk_call *call, struct bulk_item *item)
{
	(void)call;
	store_rotation_cancel(store_of(item), item->id, actor_of(item->bulk->req), on_done, item);
}

static void start_restart(struct bulk_call *call, struct bulk_item *item)
{
	(void)call;
	store_proxy_restart(store_of(item), item->id, actor_of(item->bulk->req), on_done, item);
}

/* --- delete, restore --- */

static void start_delete(struct bulk_call *call, struct bulk_item *item)
{
	const struct api *api = item->bulk->req->api;

	store_proxy_delete(api->store, item->id, actor_of(item->bulk->req),
		call->release ? STORE_RELEASE_UPSTREAM : STORE_KEEP_UPSTREAM, DELETED_KEEP_MS,
		(uint64_t)api->config->number_reuse_hours * 3600 * 1000, on_done, item);
}

static void on_restored(const struct store_result *result, void *arg)
{
	if (result->status == STORE_NOT_FOUND)
		bulk_refuse(arg, BULK_REFUSED, "err.not_restorable", NULL, NULL);
	else
		on_done(result, arg);
}

static void start_restore(struct bulk_call *call, struct bulk_item *item)
{
	struct request *req = item->bulk->req;

	(void)call;
	store_proxy_restore(store_of(item), item->id, deleted_owner(req), actor_of(req), on_restored, item);
}

/* --- what proxy_update does: pause, resume, tag, set, assign, renewed --- */

static void on_updated(const struct store_result *result, void *arg)
{
	struct field_err err;

	if (result->status == STORE_LIMIT) {
		field_err_range(&err, "tags", "err.too_many", 0, TAGS_MAX);
		bulk_refuse_field(arg, BULK_REFUSED, &err);
	} else if (result->status == STORE_INVALID &&
		   slice_eq_str(store_result_str(result, "field"), "plan_days")) {
		bulk_refuse(arg, BULK_REFUSED, "err.no_plan_days", NULL, NULL);
	} else {
		on_done(result, arg);
	}
}

static void start_update(struct bulk_call *call, struct bulk_item *item)
{
	store_proxy_update(store_of(item), item->id, actor_of(item->bulk->req),
		proxy_form_fields(&call->form), on_updated, item);
}

/* Secrets are sealed for one proxy: each has a form of its own. */
static void start_set(struct bulk_call *call, struct bulk_item *item)
{
	struct request *req = item->bulk->req;
	struct proxy_form form;
	struct slice password;
	struct err err = {0};

	if (!call->regenerate_password && !proxy_form_get(&call->form, "password", &password)) {
		start_update(call, item);
		return;
	}
	proxy_form_init(&form);
	proxy_form_copy(&form, &call->form);
	if (call->regenerate_password)
		proxy_secrets_generate_password(&form);
	if (proxy_secrets_seal(&form, req->api->keyring, item->id, SLICE_NONE, &err))
		store_proxy_update(
			store_of(item), item->id, actor_of(req), proxy_form_fields(&form), on_updated, item);
	else
		bulk_refuse(item, BULK_REFUSED, "err.unknown", NULL, NULL);
	proxy_form_done(&form);
}

static const struct bulk_action actions[] = {
	{"rotate", MAY_ROTATE_PROXY, ON_RECORD, QUEUES_JOB, {"region", "when"}, take_rotate, start_rotate},
	{"cancel", MAY_ROTATE_PROXY, ON_RECORD, QUEUES_NOTHING, {NULL}, NULL, start_cancel},
	{"check", MAY_ROTATE_PROXY, ON_RECORD, QUEUES_JOB, {NULL}, NULL, start_check},
	{"sync", MAY_ROTATE_PROXY, ON_RECORD, QUEUES_JOB, {NULL}, NULL, start_sync},
	{"restart", MAY_ROTATE_PROXY, ON_RECORD, QUEUES_NOTHING, {NULL}, NULL, start_restart},
	{"pause", MAY_EDIT_PROXY, ON_RECORD, QUEUES_NOTHING, {NULL}, take_pause, start_update},
	{"resume", MAY_EDIT_PROXY, ON_RECORD, QUEUES_NOTHING, {NULL}, take_resume, start_update},
	{"delete", MAY_EDIT_PROXY, ON_RECORD, QUEUES_NOTHING, {"release"}, take_delete, start_delete},
	{"restore", MAY_EDIT_PROXY, ON_DELETED, QUEUES_JOB, {NULL}, NULL, start_restore},
	{"tag", MAY_EDIT_PROXY, ON_RECORD, QUEUES_NOTHING, {"add", "remove"}, take_tag, start_update},
	{"set", MAY_EDIT_PROXY, ON_RECORD, QUEUES_NOTHING, {"fields", "regenerate_password"}, take_set,
		start_set},
	{"assign", MAY_ASSIGN_PROXY, ON_RECORD, QUEUES_NOTHING, {"user_id"}, take_assign, start_update},
	{"renewed", MAY_EDIT_PROXY, ON_RECORD, QUEUES_JOB, {"days", "paid_until"}, take_renewed,
		start_update},
};

const struct bulk_action *bulk_action_find(struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (slice_eq_str(name, actions[i].name))
			return &actions[i];
	return NULL;
}

const char *bulk_actions_list(void)
{
	return "rotate, cancel, check, sync, restart, pause, resume, delete, restore, tag, set, assign, renewed";
}
