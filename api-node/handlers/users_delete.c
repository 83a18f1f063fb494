/*
 * users_delete.c: deleting a user, and giving the proxies to somebody else.
 *
 *	users_delete → may he go? → has proxies and no ?reassign_to: 409, saying how many
 *	  → move_some (100 a script) … until our copy shows none → user_delete.lua
 *	  → once our copy shows that too: whatever was assigned meanwhile is moved as well → 204
 * Stopped half-way, it can be repeated: the user is there until all is moved.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/handlers/query.h"
#include "api-node/handlers/users.h"
#include "api-node/records.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "api-node/sessions.h"
#include "shared/base/ensure.h"
#include "shared/model/proxy.h"
#include "shared/store/store_result.h"
#include "shared/store/store_users.h"

enum { MOVE_MAX = 100 };

struct removal {
	uint64_t heir; /* 0: nobody was named */
	enum { BEFORE_DELETE, AFTER_DELETE } phase;
};

static void move_some(struct request *req);

static void on_moved(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct field_err field = {0};

	if (result->status == STORE_NOT_FOUND) {
		field_err_set(&field, "reassign_to", "err.user_unknown");
		field_reply(req, &field);
	} else if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
	} else {
		sessions_caught_up(req, move_some);
	}
}

static void on_deleted(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct removal *removal = req->work;

	if (users_refused(req, result))
		return;
	removal->phase = AFTER_DELETE;
	/* Nothing can be assigned to him from here on. What was in the last moment goes to who deletes. */
	if (removal->heir == 0)
		removal->heir = (uint64_t)req->caller.who.user_id;
	sessions_caught_up(req, move_some);
}

static void move_some(struct request *req)
{
	const struct removal *removal = req->work;
	struct records *records = req->api->records;
	const struct record *const *all = records_by_number(records);
	uint64_t ids[MOVE_MAX];
	size_t count = 0;

	for (size_t i = 0; i < records_count(records) && count < MOVE_MAX; i++)
		if ((uint64_t)all[i]->proxy->user_id == req->path_id)
			ids[count++] = (uint64_t)all[i]->proxy->id;
	if (count > 0)
		store_proxies_reassign(req->api->store, req->path_id, removal->heir, actor_of(req), ids,
			count, on_moved, req);
	else if (removal->phase == BEFORE_DELETE)
		store_user_delete(
			req->api->store, req->path_id, actor_of(req), STORE_DELETE, on_deleted, req);
	else
		reply_empty(req, 204);
}

static void on_may(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	const struct removal *removal = req->work;
	struct user_count count = {.user_id = (int64_t)req->path_id};
	char params[64];

	if (users_refused(req, result))
		return;
	users_count_proxies(req->api->records, &count, 1);
	if (count.proxies > 0 && removal->heir == 0) {
		snprintf(params, sizeof(params), "{\"n\":%" PRIu64 "}", count.proxies);
		reply_problem(req, 409, "err.user_has_proxies", params, NULL);
		return;
	}
	move_some(req);
}

void users_delete(struct request *req)
{
	struct removal *removal = mem_zalloc(sizeof(*removal));

	req->work = removal;
	req->work_free = free;
	if (!query_number(req, "reassign_to", 1, QUERY_ID_MAX, &removal->heir))
		return;
	if (removal->heir == req->path_id) {
		reply_problem(req, 422, "err.user_unknown", "{\"field\":\"reassign_to\"}",
			"reassign_to: name another user; this one is being deleted.");
		return;
	}
	store_user_delete(req->api->store, req->path_id, actor_of(req), STORE_MAY_DELETE, on_may, req);
}
