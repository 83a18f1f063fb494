/*
 * proxies_deleted.c: deleting a proxy, listing those that can still be restored, and restoring one. The
 * deleted are in Redis only: they are few, and nobody follows them.
 */
#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/proxies_deleted.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/handlers/query.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "api-node/sessions.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/iso8601.h"
#include "shared/model/proxy.h"
#include "shared/model/raw_json.h"
#include "shared/store/store_proxies.h"
#include "shared/store/store_result.h"

enum { DELETED_LIMIT_DEFAULT = 100, DELETED_LIMIT_MAX = 1000 };

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
	bool release = false;

	if (!proxy_of_request(req, MAY_EDIT_PROXY) || !query_flag(req, "release", &release))
		return;
	store_proxy_delete(req->api->store, req->path_id, actor_of(req),
		release ? STORE_RELEASE_UPSTREAM : STORE_KEEP_UPSTREAM, DELETED_KEEP_MS,
		(uint64_t)req->api->config->number_reuse_hours * 3600 * 1000, on_deleted, req);
}

int64_t deleted_owner(const struct request *req)
{
	return req->caller.who.role == ROLE_ADMIN ? STORE_ANYBODY : req->caller.who.user_id;
}

static void reply_restored(struct request *req)
{
	const struct record *record = records_find(req->api->records, req->path_id);

	if (record)
		proxy_reply(req, 200, record, slice_from_str(req->work));
	else
		proxy_reply_unseen(req, 200, slice_from_str(req->work));
}

static void on_restored(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct slice version;

	switch (result->status) {
	case STORE_OK:
	case STORE_ALREADY:
		version = store_result_str(result, "version");
		req->work = mem_strndup(version.data, version.len);
		req->work_free = free;
		sessions_caught_up(req, reply_restored);
		return;
	case STORE_NOT_FOUND: reply_problem(req, 404, "err.not_restorable", NULL, NULL); return;
	default: store_refusal_reply(req, result); return;
	}
}

void proxies_restore(struct request *req)
{
	if (req->path_id > STORE_ID_MAX) { /* nor has the store ever given out such an id */
		reply_problem(req, 404, "err.not_restorable", NULL, NULL);
		return;
	}
	store_proxy_restore(
		req->api->store, req->path_id, deleted_owner(req), actor_of(req), on_restored, req);
}

static void put_time(struct json_writer *w, const char *name, const struct json *value)
{
	char text[ISO8601_TEXT_BYTES];
	int64_t at_ms;

	if (!value || !json_i64(value, &at_ms))
		at_ms = 0;
	iso8601_text(at_ms, text);
	json_put_cstr(w, name, text);
}

static void write_deleted(struct json_writer *w, const struct proxy *proxy, const struct json *entry)
{
	json_object_begin(w);
	json_put_int(w, "id", proxy->id);
	json_put_int(w, "user_id", proxy->user_id);
	json_put_str(w, "key_name", proxy->key_name);
	json_put_str(w, "provider", proxy->provider);
	json_put_str(w, "subdomain", proxy->subdomain);
	json_put_int(w, "number", proxy->number);
	json_put_str(w, "region", proxy->region);
	json_put_raw(w, "tags", proxy->tags.len > 0 ? proxy->tags : SLICE_LIT("[]"));
	json_put_str(w, "note", proxy->note);
	put_time(w, "deleted_at", json_member(entry, "deleted_at"));
	put_time(w, "restorable_until", json_member(entry, "restorable_until"));
	json_object_end(w);
}

/* `entry`: {"record":{…},"deleted_at":…,"restorable_until":…} */
static void write_entry(struct json_writer *w, struct slice text)
{
	struct json *entry = json_parse(text, NULL, NULL);
	struct proxy *proxy = NULL;
	struct slice record;
	struct err err = {0};

	if (entry && raw_json_member(text, "record", &record))
		proxy = proxy_from_record(record, &err);
	if (proxy)
		write_deleted(w, proxy, entry);
	else
		log_warning("a deleted record cannot be read, leaving it out", log_err(&err));
	proxy_free(proxy);
	json_free(entry);
}

static void on_list(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct slice name, value;
	struct json_writer w;
	struct buf body;

	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_array_begin(&w);
	struct raw_json walk = raw_json_of(store_result_str(result, "deleted"));
	while (raw_json_next(&walk, &name, &value))
		write_entry(&w, value);
	json_array_end(&w);
	reply_json(req, 200, &body);
}

void proxies_deleted(struct request *req)
{
	uint64_t limit = DELETED_LIMIT_DEFAULT;

	if (query_number(req, "limit", 1, DELETED_LIMIT_MAX, &limit))
		store_proxies_deleted(req->api->store, deleted_owner(req), (uint32_t)limit, on_list, req);
}
