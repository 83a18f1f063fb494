/*
 * check_all.c: POST /api/proxies/check-all and /sync-all: every proxy that the caller may see, or those of
 * them that fit the query, as in the list. Answers counts at once; the work goes through the queues that the
 * clock fills, so that a fleet's worth of it does not keep one person's rotation waiting.
 */
#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/proxy_selection.h"
#include "api-node/handlers/store_refusal.h"
#include "api-node/record.h"
#include "api-node/records.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/json/json_writer.h"
#include "shared/model/proxy.h"
#include "shared/store/store_jobs.h"
#include "shared/store/store_result.h"

enum {
	CHUNK_IDS = 500,        /* a script's turn stays short */
	QUEUE_DIRECT_MAX = 500, /* jobs that wait: from there on the clock queues them */
};

struct walk {
	const char *kind;
	uint64_t *ids; /* owned */
	size_t count, next;
	uint64_t started, due, skipped;
};

static void walk_free(void *arg)
{
	struct walk *walk = arg;

	free(walk->ids);
	free(walk);
}

static void reply_counts(struct request *req, const struct walk *walk)
{
	struct json_writer w;
	struct buf body;

	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_put_uint(&w, "n", walk->count);
	json_put_uint(&w, "started", walk->started + walk->due);
	json_put_uint(&w, "skipped", walk->skipped);
	json_object_end(&w);
	reply_json(req, 202, &body);
}

static void next_chunk(struct request *req);

static void on_chunk(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct walk *walk = req->work;

	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	walk->started += store_result_uint(result, "started");
	walk->due += store_result_uint(result, "due");
	walk->skipped += store_result_uint(result, "skipped");
	next_chunk(req);
}

static void next_chunk(struct request *req)
{
	struct walk *walk = req->work;
	size_t count = walk->count - walk->next;

	if (count == 0) {
		reply_counts(req, walk);
		return;
	}
	if (count > CHUNK_IDS)
		count = CHUNK_IDS;
	walk->next += count;
	store_due_hasten(req->api->store, walk->kind, QUEUE_DIRECT_MAX, walk->ids + walk->next - count, count,
		on_chunk, req);
}

static void hasten_all(struct request *req, const char *kind)
{
	struct proxy_selection selection;
	struct list_query query;

	if (!proxy_selection_query(req, &query))
		return;
	query.limit = UINT64_MAX;
	proxy_selection_make(req, &query, &selection);
	struct walk *walk = mem_zalloc(sizeof(*walk));
	*walk = (struct walk){.kind = kind};
	walk->ids = mem_alloc((selection.count + 1) * sizeof(*walk->ids));
	for (size_t i = 0; i < selection.count; i++) {
		const struct proxy *proxy = selection.rows[i]->proxy;
		if (session_may(&req->caller.who, MAY_ROTATE_PROXY, proxy->user_id))
			walk->ids[walk->count++] = (uint64_t)proxy->id;
	}
	proxy_selection_done(&selection);
	list_query_done(&query);
	req->work = walk;
	req->work_free = walk_free;
	next_chunk(req);
}

void proxies_check_all(struct request *req)
{
	hasten_all(req, "check");
}

void proxies_sync_all(struct request *req)
{
	hasten_all(req, "sync");
}
