/* store_links.c: arguments of the scripts about change-IP links. */
#include "shared/store/store_links.h"

void store_link_set(struct store *s, uint64_t id, struct slice actor, struct slice sealed_token,
	struct slice hash, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_LINK_SET);
	store_call_uint(&call, id);
	store_call_text(&call, actor);
	store_call_text(&call, sealed_token);
	store_call_text(&call, hash);
	store_call_send(s, &call, done, arg);
}

void store_link_find(struct store *s, struct slice hash, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_LINK_FIND);
	store_call_text(&call, hash);
	store_call_send(s, &call, done, arg);
}
