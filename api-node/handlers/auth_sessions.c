/* auth_sessions.c: where one is signed in, and signing out there. */
#include "api-node/api.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/people_json.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/store/store_people.h"
#include "shared/store/store_result.h"

static void put_session(struct json_writer *w, const struct request *req, const struct json *session)
{
	const struct json *hash = json_member(session, "hash");
	struct slice text = SLICE_NONE;

	json_object_begin(w);
	people_copy(w, session, "id");
	people_copy(w, session, "address");
	people_copy_time(w, session, "created_at");
	people_copy_time(w, session, "last_seen_at");
	people_copy_time(w, session, "ends_at");
	json_put_bool(
		w, "current", hash && json_str(hash, &text) && slice_eq_str(text, req->caller.session_hash));
	json_object_end(w);
}

static void on_list(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct err err = {0};
	struct json_writer w;
	struct buf body;

	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	struct json *list = json_parse(store_result_str(result, "sessions"), NULL, &err);
	if (!list) {
		reply_unknown(req, err.msg);
		return;
	}
	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_array_begin(&w);
	for (const struct json *session = json_first(list); session; session = json_next(session))
		put_session(&w, req, session);
	json_array_end(&w);
	json_free(list);
	reply_json(req, 200, &body);
}

void auth_sessions_list(struct request *req)
{
	store_session_list(req->api->store, (uint64_t)req->caller.who.user_id, on_list, req);
}

static void on_closed(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);

	if (result->status == STORE_OK)
		reply_empty(req, 204);
	else if (result->status == STORE_NOT_FOUND)
		reply_problem(req, 404, "err.not_found", NULL, "There is no such session.");
	else
		store_refusal_reply(req, result);
}

void auth_sessions_close(struct request *req)
{
	store_session_close(req->api->store, (uint64_t)req->caller.who.user_id, req->path_token,
		actor_of(req), on_closed, req);
}
