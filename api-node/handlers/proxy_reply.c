/* proxy_reply.c: see proxy_reply.h. */
#include "api-node/handlers/proxy_reply.h"

#include <string.h>

#include "api-node/api.h"
#include "api-node/handlers/field_text.h"
#include "api-node/record_json.h"
#include "api-node/reply.h"
#include "shared/json/json_writer.h"
#include "shared/model/proxy.h"
#include "shared/model/validate.h"

const struct record *proxy_of_request(struct request *req, enum user_action action)
{
	const struct record *record = records_find(req->api->records, req->path_id);

	if (!record || !session_may(&req->caller.who, MAY_SEE_PROXY, record->proxy->user_id)) {
		reply_problem(req, 404, "err.not_found", NULL, "There is no such proxy.");
		return NULL;
	}
	if (!session_may(&req->caller.who, action, record->proxy->user_id)) {
		reply_problem(req, 403, "err.forbidden", NULL, NULL);
		return NULL;
	}
	return record;
}

void proxy_reply(struct request *req, unsigned status, const struct record *record, struct slice version)
{
	struct json_writer w;
	struct buf body;

	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	record_write_members(&w, req->api, record);
	if (version.len > 0)
		json_put_str(&w, "version", version);
	json_object_end(&w);
	reply_json(req, status, &body);
}

void proxy_reply_unseen(struct request *req, unsigned status, struct slice version)
{
	struct json_writer w;
	struct buf body;

	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_put_uint(&w, "id", req->path_id);
	if (version.len > 0)
		json_put_str(&w, "version", version);
	json_object_end(&w);
	reply_json(req, status, &body);
}

void field_reply(struct request *req, const struct field_err *err)
{
	static const char *const shapes[] = {"err.type", "err.unknown_field", "err.required",
		"err.not_settable", "err.only_at_creation", "err.static_no_key", "err.not_both"};
	bool malformed = false;
	struct buf params, detail;

	buf_init(&params, 0);
	buf_init(&detail, 0);
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
		malformed = malformed || strcmp(err->message_id, shapes[i]) == 0;
	field_text(err, &params, &detail);
	reply_problem(req, malformed ? 400 : 422, err->message_id, buf_str(&params), buf_str(&detail));
	buf_done(&params);
	buf_done(&detail);
}

struct slice actor_of(struct request *req)
{
	const struct session *who = &req->caller.who;

	return actor_text(who->means, who->username, who->token_name, req->caller.actor);
}
