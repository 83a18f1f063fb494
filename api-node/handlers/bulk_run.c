/* bulk_run.c: see bulk_run.h. */
#include "api-node/handlers/bulk_run.h"

#include <stdlib.h>

#include "api-node/handlers/field_text.h"
#include "api-node/handlers/store_refusal.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/json/json.h"
#include "shared/model/messages.h"
#include "shared/model/validate.h"
#include "shared/store/store_result.h"

#define X(name, text) [BULK_##name] = text,
static const char *const outcome_words[BULK_OUTCOME_COUNT] = {BULK_OUTCOMES(X)};
#undef X

static void bulk_free(void *arg)
{
	struct bulk *bulk = arg;

	for (size_t i = 0; i < bulk->count; i++)
		buf_done(&bulk->items[i].result);
	free(bulk->items);
	if (bulk->ops->own_free)
		bulk->ops->own_free(bulk->own);
	free(bulk);
}

struct bulk *bulk_new(struct request *req, size_t count, const struct bulk_ops *ops, void *own)
{
	struct bulk *bulk = mem_zalloc(sizeof(*bulk));

	*bulk = (struct bulk){.req = req, .ops = ops, .own = own, .count = count};
	bulk->items = mem_zalloc((count > 0 ? count : 1) * sizeof(*bulk->items));
	for (size_t i = 0; i < count; i++) {
		bulk->items[i].bulk = bulk;
		bulk->items[i].index = i;
		buf_init(&bulk->items[i].result, 0);
	}
	req->work = bulk;
	req->work_free = bulk_free;
	return bulk;
}

void bulk_run(struct bulk *bulk)
{
	if (bulk->state != BULK_IDLE)
		return;
	bulk->state = BULK_PUMPING; /* an item may end within its start */
	while (bulk->next < bulk->count && bulk->under_way < BULK_WINDOW) {
		bulk->under_way++;
		bulk->ops->start(&bulk->items[bulk->next++]);
	}
	bulk->state = BULK_IDLE;
	if (bulk->under_way > 0)
		return;
	bulk->state = BULK_FINISHED;
	bulk->ops->finish(bulk);
}

void bulk_result_begin(struct bulk_item *item, enum bulk_outcome outcome, struct json_writer *w)
{
	item->bulk->counts[outcome]++;
	json_writer_init(w, &item->result);
	json_object_begin(w);
	if (item->id > 0)
		json_put_uint(w, "id", item->id);
	json_put_cstr(w, "status", outcome_words[outcome]);
}

void bulk_result_end(struct bulk_item *item, struct json_writer *w)
{
	json_object_end(w);
	ensure(item->bulk->under_way > 0);
	item->bulk->under_way--;
	bulk_run(item->bulk);
}

void bulk_keep_version(struct bulk *bulk, const struct store_result *result)
{
	struct slice version = store_result_str(result, "version");

	if (version.len > 0 && !slice_copy(version, bulk->version, sizeof(bulk->version)))
		bulk->version[0] = '\0';
}

void bulk_started(struct bulk_item *item, const struct store_result *result)
{
	struct json_writer w;

	if (result)
		bulk_keep_version(item->bulk, result);
	bulk_result_begin(item, BULK_STARTED, &w);
	bulk_result_end(item, &w);
}

void bulk_put_message(
	struct json_writer *w, const char *message_id, const char *params_json, const char *detail)
{
	struct json *params = params_json ? json_parse(slice_from_str(params_json), NULL, NULL) : NULL;
	struct buf text;

	buf_init(&text, 0);
	if (!detail)
		message_format(&text, slice_from_str(message_id), MESSAGE_ENGLISH, params);
	json_put_cstr(w, "message_id", message_id);
	json_put_raw(w, "params", params ? slice_from_str(params_json) : SLICE_LIT("{}"));
	json_put_str(w, "detail", detail ? slice_from_str(detail) : buf_slice(&text));
	json_free(params);
	buf_done(&text);
}

void bulk_refuse(struct bulk_item *item, enum bulk_outcome outcome, const char *message_id,
	const char *params_json, const char *detail)
{
	struct json_writer w;

	bulk_result_begin(item, outcome, &w);
	bulk_put_message(&w, message_id, params_json, detail);
	bulk_result_end(item, &w);
}

void bulk_put_refusal(struct bulk_item *item, struct json_writer *w, const struct store_result *result)
{
	struct refusal refusal;

	if (result->status == STORE_LOST)
		item->bulk->lost++;
	refusal_read(item->bulk->req, result, &refusal);
	bulk_put_message(w, refusal.message_id, refusal.params.len > 0 ? buf_str(&refusal.params) : NULL,
		refusal.detail);
	refusal_done(&refusal);
}

void bulk_put_field(struct json_writer *w, const struct field_err *err)
{
	struct buf params, detail;

	buf_init(&params, 0);
	buf_init(&detail, 0);
	field_text(err, &params, &detail);
	bulk_put_message(w, err->message_id, buf_str(&params), buf_str(&detail));
	buf_done(&params);
	buf_done(&detail);
}

void bulk_refuse_result(struct bulk_item *item, enum bulk_outcome outcome, const struct store_result *result)
{
	struct json_writer w;

	bulk_result_begin(item, outcome, &w);
	bulk_put_refusal(item, &w, result);
	bulk_result_end(item, &w);
}

void bulk_refuse_field(struct bulk_item *item, enum bulk_outcome outcome, const struct field_err *err)
{
	struct json_writer w;

	bulk_result_begin(item, outcome, &w);
	bulk_put_field(&w, err);
	bulk_result_end(item, &w);
}

void bulk_put_results(struct json_writer *w, const struct bulk *bulk)
{
	json_key(w, "results");
	json_array_begin(w);
	for (size_t i = 0; i < bulk->count; i++)
		json_raw(w, buf_slice(&bulk->items[i].result));
	json_array_end(w);
}

bool bulk_reply_lost(struct bulk *bulk)
{
	struct err err = {0};

	if (bulk->lost == 0 || bulk->lost < bulk->count)
		return false;
	err_set(&err, ERR_UNAVAILABLE, "none of %zu calls was answered", bulk->count);
	reply_store_away(bulk->req, &err);
	return true;
}
