/* store_notices.c: arguments of the notices' scripts. */
#include "shared/store/store_notices.h"

void store_notice_id_take(struct store *s, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_NOTICE_ID_TAKE);
	store_call_send(s, &call, done, arg);
}

void store_notice_save(struct store *s, uint64_t id, struct slice actor, struct store_fields fields,
	store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_NOTICE_SAVE);
	store_call_uint(&call, id);
	store_call_text(&call, actor);
	store_call_fields(&call, fields);
	store_call_send(s, &call, done, arg);
}

void store_notice_delete(struct store *s, uint64_t id, struct slice actor, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_NOTICE_DELETE);
	store_call_uint(&call, id);
	store_call_text(&call, actor);
	store_call_send(s, &call, done, arg);
}

/* Channel ids start at 1; the scripts know "all" as an empty text. */
static void add_id(struct store_call *call, uint64_t id)
{
	if (id == 0)
		store_call_str(call, "");
	else
		store_call_uint(call, id);
}

void store_notice_list(struct store *s, uint64_t id, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_NOTICE_LIST);
	add_id(&call, id);
	store_call_send(s, &call, done, arg);
}

void store_notice_test(struct store *s, uint64_t id, struct slice actor, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_NOTICE_TEST);
	store_call_uint(&call, id);
	store_call_text(&call, actor);
	store_call_send(s, &call, done, arg);
}

void store_notice_deliveries(struct store *s, uint64_t channel, struct slice before, uint32_t limit,
	store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_NOTICE_DELIVERIES);
	add_id(&call, channel);
	store_call_text(&call, before);
	store_call_uint(&call, limit);
	store_call_send(s, &call, done, arg);
}

void store_notice_claim(struct store *s, struct slice entry, struct slice job, uint64_t id,
	const char *reason, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_NOTICE_CLAIM);
	store_call_text(&call, entry);
	store_call_text(&call, job);
	store_call_uint(&call, id);
	store_call_str(&call, reason);
	store_call_send(s, &call, done, arg);
}

void store_notice_end(struct store *s, const struct store_notice_end *q, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_NOTICE_END);
	store_call_text(&call, q->entry);
	store_call_text(&call, q->job);
	store_call_uint(&call, q->id);
	store_call_text(&call, q->message);
	store_call_uint(&call, q->sent);
	store_call_uint(&call, q->retry_in_ms);
	store_call_uint(&call, q->events);
	store_call_uint(&call, q->status);
	store_call_text(&call, q->cause);
	store_call_text(&call, q->answer);
	store_call_uint(&call, q->latency_ms);
	store_call_uint(&call, q->refused);
	store_call_send(s, &call, done, arg);
}
