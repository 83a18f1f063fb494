/* store_refusal.c: see store_refusal.h. */
#include "api-node/handlers/store_refusal.h"

#include "api-node/api.h"
#include "api-node/record.h"
#include "api-node/records.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/json/json_writer.h"
#include "shared/model/proxy.h"
#include "shared/store/store_result.h"

enum { STORE_AWAY_RETRY_MS = 2000 };

/* The statuses whose answer depends on nothing else. */
static const struct plain {
	enum store_status status;
	unsigned http;
	const char *message_id, *detail;
} plain[] = {
	{STORE_NOT_FOUND, 404, "err.not_found", "There is no such proxy."},
	{STORE_PAUSED, 409, "err.paused", NULL},
	{STORE_STATIC, 409, "err.static", NULL},
	{STORE_NAME_TAKEN, 409, "err.name_taken", "This subdomain is taken."},
	{STORE_LIMIT, 409, "err.limit", "There is no free number for another proxy."},
	{STORE_NOTHING, 409, "err.not_scheduled", "No rotation is scheduled; there is nothing to cancel."},
};

/* Whose the key is stays untold to those who may not see that proxy. */
static void read_duplicate_key(
	const struct request *req, const struct store_result *result, struct refusal *ret)
{
	const struct record *other = records_find(req->api->records, store_result_uint(result, "proxy_id"));
	bool visible = other && session_may(&req->caller.who, MAY_SEE_PROXY, other->proxy->user_id);
	struct json_writer w;

	ret->status = 409;
	ret->message_id = "err.key_in_use";
	if (!visible)
		return;
	ret->message_id = "err.key_duplicate";
	json_writer_init(&w, &ret->params);
	json_object_begin(&w);
	json_put_str(&w, "proxy", other->proxy->subdomain);
	json_put_int(&w, "proxy_id", other->proxy->id);
	json_object_end(&w);
}

/* Our own checks come first, so this is a value that the store's rules do not take in this state. */
static void read_invalid(const struct store_result *result, struct refusal *ret)
{
	struct json_writer w;

	bool no_user = slice_eq_str(store_result_str(result, "field"), "user_id");

	ret->status = 422;
	ret->message_id = no_user ? "err.user_unknown" : "err.bad_request";
	ret->detail = no_user ? NULL : "The store refused a value; nothing was changed.";
	json_writer_init(&w, &ret->params);
	json_object_begin(&w);
	json_put_str(&w, "field", store_result_str(result, "field"));
	json_object_end(&w);
}

static void set_retry(struct refusal *ret, int64_t retry_in_ms)
{
	ret->retry_in_ms = retry_in_ms > 0 ? (uint64_t)retry_in_ms : 0;
	buf_printf(&ret->params, "{\"s\":%lld}", (long long)((retry_in_ms + 999) / 1000));
}

/* "{provider} allows the next change in {s} s." */
static void read_cooldown(const struct store_result *result, struct refusal *ret)
{
	int64_t retry_in_ms = store_result_int(result, "retry_in_ms");
	struct json_writer w;

	ret->status = 409;
	ret->message_id = "err.cooldown";
	ret->retry_in_ms = retry_in_ms > 0 ? (uint64_t)retry_in_ms : 0;
	json_writer_init(&w, &ret->params);
	json_object_begin(&w);
	json_put_str(&w, "provider", store_result_str(result, "provider"));
	json_put_int(&w, "s", (retry_in_ms + 999) / 1000);
	json_object_end(&w);
}

void refusal_read(const struct request *req, const struct store_result *result, struct refusal *ret)
{
	*ret = (struct refusal){.status = 500, .message_id = "err.unknown"};
	buf_init(&ret->params, 0);
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		if (plain[i].status == result->status) {
			ret->status = plain[i].http;
			ret->message_id = plain[i].message_id;
			ret->detail = plain[i].detail;
			return;
		}
	switch (result->status) {
	case STORE_LOST:
		ret->status = 503;
		ret->message_id = "err.store_away";
		set_retry(ret, STORE_AWAY_RETRY_MS);
		return;
	case STORE_COOLDOWN: read_cooldown(result, ret); return;
	case STORE_DUPLICATE_KEY: read_duplicate_key(req, result, ret); return;
	case STORE_INVALID: read_invalid(result, ret); return;
	default: buf_printf(&ret->params, "{\"id\":\"%s\"}", req->id); return;
	}
}

void refusal_done(struct refusal *refusal)
{
	buf_done(&refusal->params);
}

void store_refusal_reply(struct request *req, const struct store_result *result)
{
	struct refusal refusal;

	refusal_read(req, result, &refusal);
	if (result->status == STORE_LOST) {
		reply_store_away(req, result->err);
	} else if (refusal.status == 500) { /* it answered, but not as it should: waiting does not help */
		reply_unknown(req, result->err ? result->err->msg : store_status_text(result->status));
	} else {
		if (refusal.retry_in_ms > 0)
			reply_retry_after(req, refusal.retry_in_ms);
		reply_problem(req, refusal.status, refusal.message_id,
			refusal.params.len > 0 ? buf_str(&refusal.params) : NULL, refusal.detail);
	}
	refusal_done(&refusal);
}
