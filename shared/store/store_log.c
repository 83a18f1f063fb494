/* store_log.c: arguments of the history's scripts. */
#include "shared/store/store_log.h"

#include "shared/store/store_proxies.h"

/* Proxy ids start at 1; the scripts know "of no proxy" as an empty text. */
static void add_id(struct store_call *call, uint64_t proxy_id)
{
	if (proxy_id == 0)
		store_call_str(call, "");
	else
		store_call_uint(call, proxy_id);
}

void store_log_page(struct store *s, uint64_t proxy_id, struct slice before, uint32_t limit,
	store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_LOG_PAGE);
	add_id(&call, proxy_id);
	store_call_text(&call, before);
	store_call_uint(&call, limit);
	store_call_send(s, &call, done, arg);
}

void store_log_page_deleted(struct store *s, uint64_t proxy_id, int64_t owner_id, struct slice before,
	uint32_t limit, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_LOG_PAGE);
	add_id(&call, proxy_id);
	store_call_text(&call, before);
	store_call_uint(&call, limit);
	if (owner_id == STORE_ANYBODY)
		store_call_str(&call, "");
	else
		store_call_uint(&call, (uint64_t)owner_id);
	store_call_send(s, &call, done, arg);
}

void store_log_add(struct store *s, const struct store_log_entry *e, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_LOG_ADD);
	add_id(&call, e->proxy_id);
	store_call_str(&call, e->action);
	store_call_str(&call, e->status);
	store_call_str(&call, e->message_id);
	store_call_text(&call, e->params);
	store_call_text(&call, e->user);
	store_call_send(s, &call, done, arg);
}
