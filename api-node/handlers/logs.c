/*
 * logs.c: GET /api/logs: the history, newest first, of one proxy or of all that the caller may see.
 *
 * The store hands out pages; what the caller may see and asked for is picked here, where the records are. A
 * narrow filter may pass over many lines: a call reads at most LOG_SCAN_PAGES pages, and its Link header says
 * where the next one goes on. Without that header the history is at its end.
 */
#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/log_filter.h"
#include "api-node/handlers/proxies_deleted.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/records.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/json/json_writer.h"
#include "shared/model/log_entry.h"
#include "shared/model/proxy.h"
#include "shared/model/raw_json.h"
#include "shared/store/store_log.h"
#include "shared/store/store_proxies.h"
#include "shared/store/store_result.h"

enum { LOG_SCAN_PAGES = 10, LOG_SCAN_PAGE = 500 };

struct log_scan {
	struct log_filter filter;
	char last[sizeof(((struct log_filter *)0)->before)]; /* id of the last line looked at */
	uint64_t page_lines, shown;
	unsigned pages;
	enum { OF_LIVING, OF_DELETED } proxy; /* what proxy_id names */
	struct buf body;                      /* owned */
	struct json_writer w;
};

static void scan_free(void *arg)
{
	struct log_scan *scan = arg;

	buf_done(&scan->body);
	free(scan);
}

static bool may_see(const struct request *req, const struct record *record)
{
	if (req->caller.who.role == ROLE_ADMIN)
		return true;
	return record && session_may(&req->caller.who, MAY_SEE_PROXY, record->proxy->user_id);
}

static void look_at(struct request *req, struct log_scan *scan, struct slice text)
{
	const struct record *record = NULL;
	struct log_entry entry;
	struct err err = {0};

	if (!log_entry_parse(text, &entry, &err)) {
		log_warning("a history entry cannot be read, leaving it out", log_err(&err));
		return;
	}
	if (!slice_copy(entry.id, scan->last, sizeof(scan->last)))
		scan->last[0] = '\0';
	if (entry.proxy_id > 0)
		record = records_find(req->api->records, (uint64_t)entry.proxy_id);
	if ((scan->proxy == OF_DELETED || may_see(req, record)) && /* of a deleted one the store has judged */
		log_filter_matches(&scan->filter, &entry, record ? record->proxy : NULL)) {
		log_entry_write(&scan->w, &entry);
		scan->shown++;
	}
	log_entry_done(&entry);
}

enum scan_end { HISTORY_ENDED, MORE_TO_COME };

static void reply_lines(struct request *req, struct log_scan *scan, enum scan_end end)
{
	struct buf query;

	json_array_end(&scan->w);
	if (end == MORE_TO_COME && scan->last[0] != '\0') {
		buf_init(&query, 0);
		log_filter_query(&scan->filter, scan->last, &query);
		reply_header(req, "Link", "</api/logs?%s>; rel=\"next\"", buf_str(&query));
		buf_done(&query);
	}
	reply_json(req, 200, &scan->body);
}

static void read_page(struct request *req, struct log_scan *scan, const char *before);

static void on_page(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct log_scan *scan = req->work;
	struct slice name, value;
	uint64_t lines = 0;

	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	struct raw_json walk = raw_json_of(store_result_str(result, "entries"));
	while (scan->shown < scan->filter.limit && raw_json_next(&walk, &name, &value)) {
		look_at(req, scan, value);
		lines++;
	}
	scan->pages++;
	if (scan->shown == scan->filter.limit)
		reply_lines(req, scan, MORE_TO_COME);
	else if (lines < scan->page_lines)
		reply_lines(req, scan, HISTORY_ENDED);
	else if (scan->pages == LOG_SCAN_PAGES)
		reply_lines(req, scan, MORE_TO_COME);
	else
		read_page(req, scan, scan->last);
}

static void read_page(struct request *req, struct log_scan *scan, const char *before)
{
	if (scan->proxy == OF_DELETED)
		store_log_page_deleted(req->api->store, scan->filter.proxy_id, deleted_owner(req),
			slice_from_str(before), (uint32_t)scan->page_lines, on_page, req);
	else
		store_log_page(req->api->store, scan->filter.proxy_id, slice_from_str(before),
			(uint32_t)scan->page_lines, on_page, req);
}

void logs_list(struct request *req)
{
	struct log_scan *scan = mem_zalloc(sizeof(*scan));

	buf_init(&scan->body, 0);
	req->work = scan;
	req->work_free = scan_free;
	if (!log_filter_read(req, &scan->filter))
		return;
	if (scan->filter.proxy_id > 0) {
		req->path_id = scan->filter.proxy_id;
		bool is_gone = !records_find(req->api->records, req->path_id);
		if (is_gone && req->path_id <= STORE_ID_MAX && req->caller.who.role != ROLE_OPERATOR)
			scan->proxy = OF_DELETED;
		else if (!proxy_of_request(req, MAY_SEE_PROXY))
			return;
	}
	json_writer_init(&scan->w, &scan->body);
	json_array_begin(&scan->w);
	scan->page_lines = scan->filter.limit;
	if (log_filter_is_narrow(&scan->filter) || req->caller.who.role != ROLE_ADMIN)
		scan->page_lines = LOG_SCAN_PAGE;
	read_page(req, scan, scan->filter.before);
}
