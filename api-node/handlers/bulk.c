/*
 * bulk.c: POST /api/proxies/bulk: one action on many proxies.
 *
 *	read ids and action → how many jobs the queue still takes → each proxy: may the caller? → the store
 *	→ one result for each, in the order of the ids
 *
 * Each proxy's change is one transaction; there is none around them all. Nothing waits for a job here.
 */
#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/handlers/bulk_actions.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/record.h"
#include "api-node/records.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/base/hash_map.h"
#include "shared/json/json.h"
#include "shared/model/proxy.h"
#include "shared/model/validate.h"
#include "shared/store/store.h"
#include "shared/store/store_keys.h"

enum { JOBS_WAITING_MAX = 10000, JOBS_READ_DEADLINE_MS = 2000, BUSY_RETRY_S = 30 };

static void call_free(void *own)
{
	struct bulk_call *call = own;

	proxy_form_done(&call->form);
	free(call);
}

static void start(struct bulk_item *item)
{
	struct bulk_call *call = item->bulk->own;
	const struct bulk_action *action = call->action;
	const struct session *who = &item->bulk->req->caller.who;
	const struct record *record = records_find(item->bulk->req->api->records, item->id);
	char params[32];

	if (action->target == ON_DELETED) {
		if (!user_role_may(who->role, action->needs)) {
			bulk_refuse(item, BULK_REFUSED, "err.forbidden", NULL, NULL);
			return;
		}
	} else if (!record || !session_may(who, MAY_SEE_PROXY, record->proxy->user_id)) {
		bulk_refuse(item, BULK_REFUSED, "err.not_found", NULL, "There is no such proxy.");
		return;
	} else if (!session_may(who, action->needs, record->proxy->user_id)) {
		bulk_refuse(item, BULK_REFUSED, "err.forbidden", NULL, NULL);
		return;
	}
	if (action->queues == QUEUES_JOB) {
		if (call->room == 0) {
			snprintf(params, sizeof(params), "{\"s\":%d}", BUSY_RETRY_S);
			bulk_refuse(item, BULK_REFUSED, "err.busy", params, NULL);
			return;
		}
		call->room--;
	}
	action->start(call, item);
}

static void finish(struct bulk *bulk)
{
	const struct bulk_call *call = bulk->own;
	struct json_writer w;
	struct buf body;

	if (bulk_reply_lost(bulk))
		return;
	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_put_cstr(&w, "action", call->action->name);
	json_put_uint(&w, "n", bulk->count);
	json_put_uint(&w, "started", bulk->counts[BULK_STARTED]);
	json_put_uint(&w, "scheduled", bulk->counts[BULK_SCHEDULED]);
	json_put_uint(&w, "refused", bulk->counts[BULK_REFUSED]);
	if (bulk->version[0])
		json_put_cstr(&w, "version", bulk->version);
	bulk_put_results(&w, bulk);
	json_object_end(&w);
	reply_json(bulk->req, 200, &body);
}

static const struct bulk_ops ops = {.start = start, .finish = finish, .own_free = call_free};

static void on_waiting(const struct store_reply *reply, const struct err *lost, void *arg)
{
	struct request *req = request_from(arg);
	struct bulk *bulk = req->work;
	struct bulk_call *call = bulk->own;
	int64_t waiting;

	if (lost) {
		reply_store_away(req, lost);
		return;
	}
	if (!store_reply_int(reply, &waiting)) { /* an error: it answered, but not as it should */
		reply_unknown(req, "the jobs that wait cannot be counted");
		return;
	}
	call->room = waiting < JOBS_WAITING_MAX ? (uint64_t)(JOBS_WAITING_MAX - waiting) : 0;
	bulk_run(bulk);
}

static void read_waiting(struct request *req)
{
	struct buf key;

	buf_init(&key, 0);
	buf_append_slice(&key, store_prefix(req->api->store));
	buf_append_str(&key, STORE_KEY_JOBS);
	const struct slice argv[] = {SLICE_LIT("XLEN"), buf_slice(&key)};
	store_command(req->api->store, JOBS_READ_DEADLINE_MS, ARRAY_LEN(argv), argv, on_waiting, req);
	buf_done(&key);
}

/* One that is named twice would be renewed twice. */
static bool read_ids(const struct json *ids, struct bulk *bulk, struct field_err *err)
{
	struct bulk_item *item = bulk->items;
	struct hash_map seen;
	bool ok = true;
	int64_t id;

	hash_map_init(&seen);
	for (const struct json *value = json_first(ids); ok && value; value = json_next(value), item++) {
		ok = json_i64(value, &id) && id > 0;
		item->id = ok ? (uint64_t)id : 0;
		ok = ok && !hash_map_set(&seen, slice_of((const char *)&item->id, sizeof(item->id)), item);
	}
	hash_map_done(&seen);
	return ok || field_err_wanted(err, "ids", "err.type", "an array of proxies' ids, each given once");
}

/* The action, and that the body has no member but ids, action and the action's own. */
static bool read_action(struct bulk_call *call, const struct json *body, struct field_err *err)
{
	const struct json *action = json_member(body, "action");
	struct slice name;

	if (!action)
		return field_err_set(err, "action", "err.required");
	if (!json_str(action, &name))
		return field_err_wanted(err, "action", "err.type", "a string");
	call->action = bulk_action_find(name);
	if (!call->action) {
		field_err_wanted(err, "action", "err.choice", bulk_actions_list());
		return field_err_value(err, name);
	}
	for (const struct json *member = json_first(body); member; member = json_next(member)) {
		bool known =
			slice_eq_str(json_name(member), "ids") || slice_eq_str(json_name(member), "action");
		for (size_t i = 0; !known && i < BULK_ACTION_MEMBERS && call->action->members[i]; i++)
			known = slice_eq_str(json_name(member), call->action->members[i]);
		if (!known) {
			field_err_set(err, NULL, "err.unknown_field");
			return field_err_name(err, json_name(member));
		}
	}
	return !call->action->take || call->action->take(call, body, err);
}

static bool read_body(struct request *req, struct bulk_call *call, struct field_err *err)
{
	const struct json *ids = json_member(req->json, "ids");

	if (!ids)
		return field_err_set(err, "ids", "err.required");
	if (json_kind(ids) != JSON_ARRAY)
		return field_err_wanted(err, "ids", "err.type", "an array of proxies' ids");
	if (json_count(ids) > BULK_ITEMS_MAX)
		return field_err_range(err, "ids", "err.too_many", 0, BULK_ITEMS_MAX);
	return read_action(call, req->json, err) &&
	       read_ids(ids, bulk_new(req, json_count(ids), &ops, call), err);
}

void proxies_bulk(struct request *req)
{
	struct bulk_call *call = mem_zalloc(sizeof(*call));
	struct field_err err = {0};

	proxy_form_init(&call->form);
	bool ok = read_body(req, call, &err);
	if (!req->work)
		call_free(call); /* no bulk has taken it over */
	if (!ok)
		field_reply(req, &err);
	else if (call->action->queues == QUEUES_JOB)
		read_waiting(req);
	else
		bulk_run(req->work);
}
