/* store_proxies.c: arguments of the proxy scripts, in their order. */
#include "shared/store/store_proxies.h"

void store_id_take(struct store *s, uint32_t count, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_ID_TAKE);
	store_call_uint(&call, count);
	store_call_send(s, &call, done, arg);
}

void store_id_take_once(struct store *s, uint32_t count, struct slice scope, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_ID_TAKE);
	store_call_uint(&call, count);
	store_call_text(&call, scope);
	store_call_send(s, &call, done, arg);
}

static void send_fields(struct store *s, enum store_script script, uint64_t id, struct slice actor,
	struct store_fields fields, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, script);
	store_call_uint(&call, id);
	store_call_text(&call, actor);
	store_call_fields(&call, fields);
	store_call_send(s, &call, done, arg);
}

void store_proxy_create(struct store *s, uint64_t id, struct slice actor, struct store_fields fields,
	store_done_fn *done, void *arg)
{
	send_fields(s, SCRIPT_PROXY_CREATE, id, actor, fields, done, arg);
}

void store_proxy_update(struct store *s, uint64_t id, struct slice actor, struct store_fields fields,
	store_done_fn *done, void *arg)
{
	send_fields(s, SCRIPT_PROXY_UPDATE, id, actor, fields, done, arg);
}

void store_proxy_restart(struct store *s, uint64_t id, struct slice actor, store_done_fn *done, void *arg)
{
	send_fields(s, SCRIPT_PROXY_RESTART, id, actor, (struct store_fields){NULL, 0}, done, arg);
}

void store_proxy_delete(struct store *s, uint64_t id, struct slice actor, enum store_release release,
	uint64_t keep_ms, uint64_t reuse_ms, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_PROXY_DELETE);
	store_call_uint(&call, id);
	store_call_text(&call, actor);
	store_call_uint(&call, release);
	store_call_uint(&call, keep_ms);
	store_call_uint(&call, reuse_ms);
	store_call_send(s, &call, done, arg);
}

/* The scripts take '' for everybody's. */
static void add_owner(struct store_call *call, int64_t owner_id)
{
	if (owner_id == STORE_ANYBODY)
		store_call_str(call, "");
	else
		store_call_int(call, owner_id);
}

void store_proxy_restore(
	struct store *s, uint64_t id, int64_t owner_id, struct slice actor, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_PROXY_RESTORE);
	store_call_uint(&call, id);
	add_owner(&call, owner_id);
	store_call_text(&call, actor);
	store_call_send(s, &call, done, arg);
}

void store_proxies_deleted(struct store *s, int64_t owner_id, uint32_t limit, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_PROXIES_DELETED);
	add_owner(&call, owner_id);
	store_call_uint(&call, limit);
	store_call_send(s, &call, done, arg);
}
