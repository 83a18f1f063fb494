/* logs.c: GET /api/logs: the history, newest first, of one proxy or of all that the caller may see. */
#include "api-node/api.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/handlers/query.h"
#include "api-node/records.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/log.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/log_entry.h"
#include "shared/model/proxy.h"
#include "shared/model/raw_json.h"
#include "shared/store/store_log.h"
#include "shared/store/store_result.h"

enum { LOG_LIMIT_DEFAULT = 50, LOG_LIMIT_MAX = 500, LOG_BEFORE_BYTES = 48 };

static bool may_see(const struct request *req, const struct log_entry *entry)
{
	const struct record *record;

	if (req->caller.who.role == ROLE_ADMIN)
		return true;
	record = entry->proxy_id > 0 ? records_find(req->api->records, (uint64_t)entry->proxy_id) : NULL;
	return record && session_may(&req->caller.who, MAY_SEE_PROXY, record->proxy->user_id);
}

static void on_page(const struct store_result *result, void *arg)
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
	struct raw_json walk = raw_json_of(store_result_str(result, "entries"));
	while (raw_json_next(&walk, &name, &value)) {
		struct log_entry entry;
		struct err err = {0};
		if (!log_entry_parse(value, &entry, &err)) {
			log_warning("a history entry cannot be read, leaving it out", log_err(&err));
			continue;
		}
		if (may_see(req, &entry))
			log_entry_write(&w, &entry);
		log_entry_done(&entry);
	}
	json_array_end(&w);
	reply_json(req, 200, &body);
}

void logs_list(struct request *req)
{
	char before[LOG_BEFORE_BYTES] = "";
	uint64_t limit = LOG_LIMIT_DEFAULT, proxy_id = 0;
	bool bad;

	if (!query_number(req, "limit", 1, LOG_LIMIT_MAX, &limit) ||
		!query_number(req, "proxy_id", 1, INT64_MAX, &proxy_id))
		return;
	if (!request_query(req, "before", before, sizeof(before), &bad) && bad) {
		reply_problem(req, 400, "err.bad_request", NULL, "before must be the id of an entry.");
		return;
	}
	if (proxy_id > 0) {
		req->path_id = proxy_id;
		if (!proxy_of_request(req, MAY_SEE_PROXY))
			return;
	}
	store_log_page(req->api->store, proxy_id, slice_from_str(before), (uint32_t)limit, on_page, req);
}
