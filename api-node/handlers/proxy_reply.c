/* proxy_reply.c: see proxy_reply.h. */
#include "api-node/handlers/proxy_reply.h"

#include <stdio.h>
#include <string.h>

#include "api-node/api.h"
#include "api-node/record_json.h"
#include "api-node/reply.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/messages.h"
#include "shared/model/proxy.h"
#include "shared/model/validate.h"
#include "shared/store/store_result.h"

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
	struct slice id = slice_from_str(err->message_id);
	bool malformed = slice_eq_str(id, "err.type") || slice_eq_str(id, "err.unknown_field") ||
			 slice_eq_str(id, "err.required");
	struct json_writer w;
	struct buf params, sentence, detail;

	buf_init(&params, 0);
	buf_init(&sentence, 0);
	buf_init(&detail, 0);
	json_writer_init(&w, &params);
	field_err_params(err, &w);
	struct json *values = json_parse(buf_slice(&params), NULL, NULL);
	message_format(&sentence, id, MESSAGE_ENGLISH, values);
	/* A sentence made for a form does not name its field; a program has no form. */
	if (err->field && !strstr(buf_str(&sentence), err->field))
		buf_printf(&detail, "%s: ", err->field);
	buf_append_slice(&detail, buf_slice(&sentence));
	reply_problem(req, malformed ? 400 : 422, err->message_id, buf_str(&params), buf_str(&detail));
	json_free(values);
	buf_done(&params);
	buf_done(&sentence);
	buf_done(&detail);
}

static void seconds_params(char *dst, size_t size, int64_t delay_ms)
{
	snprintf(dst, size, "{\"s\":%lld}", (long long)((delay_ms + 999) / 1000));
}

static void reply_duplicate_key(struct request *req, const struct store_result *result)
{
	const struct record *other = records_find(req->api->records, store_result_uint(result, "proxy_id"));
	struct json_writer w;
	struct buf params;

	/* Whose it is stays untold to those who may not see that proxy. */
	bool visible = other && session_may(&req->caller.who, MAY_SEE_PROXY, other->proxy->user_id);
	buf_init(&params, 0);
	json_writer_init(&w, &params);
	json_object_begin(&w);
	json_put_str(&w, "proxy", visible ? other->proxy->subdomain : SLICE_LIT("?"));
	if (visible)
		json_put_int(&w, "proxy_id", other->proxy->id);
	json_object_end(&w);
	reply_problem(req, 409, "err.key_duplicate", buf_str(&params), NULL);
	buf_done(&params);
}

/* Our own checks come first, so this is a value that the store's rules do not take in this state. */
static void reply_invalid(struct request *req, const struct store_result *result)
{
	struct json_writer w;
	struct buf params;
	struct field_err field = {0};

	if (slice_eq_str(store_result_str(result, "field"), "user_id")) {
		field_err_set(&field, "user_id", "err.user_unknown");
		field_reply(req, &field);
		return;
	}
	buf_init(&params, 0);
	json_writer_init(&w, &params);
	json_object_begin(&w);
	json_put_str(&w, "field", store_result_str(result, "field"));
	json_object_end(&w);
	reply_problem(req, 422, "err.bad_request", buf_str(&params),
		"The store refused a value; nothing was changed.");
	buf_done(&params);
}

void store_refusal_reply(struct request *req, const struct store_result *result)
{
	char params[48];
	int64_t retry_in_ms;

	switch (result->status) {
	case STORE_LOST: reply_store_away(req, result->err); return;
	case STORE_ERROR: /* it answered, but not as it should: waiting does not help */
		reply_unknown(req, result->err->msg);
		return;
	case STORE_NOT_FOUND:
		reply_problem(req, 404, "err.not_found", NULL, "There is no such proxy.");
		return;
	case STORE_PAUSED: reply_problem(req, 409, "err.paused", NULL, NULL); return;
	case STORE_STATIC: reply_problem(req, 409, "err.static", NULL, NULL); return;
	case STORE_DUPLICATE_KEY: reply_duplicate_key(req, result); return;
	case STORE_NAME_TAKEN:
		reply_problem(req, 409, "err.name_taken", NULL, "This subdomain is taken.");
		return;
	case STORE_COOLDOWN:
		retry_in_ms = store_result_int(result, "retry_in_ms");
		seconds_params(params, sizeof(params), retry_in_ms);
		reply_retry_after(req, (uint64_t)retry_in_ms);
		reply_problem(req, 409, "err.cooldown", params, NULL);
		return;
	case STORE_LIMIT:
		reply_problem(req, 409, "err.limit", NULL, "There is no free number for another proxy.");
		return;
	case STORE_INVALID: reply_invalid(req, result); return;
	default: reply_unknown(req, store_status_text(result->status)); return;
	}
}

struct slice actor_of(struct request *req)
{
	const struct session *who = &req->caller.who;

	return actor_text(who->means, who->username, who->token_name, req->caller.actor);
}
