/* store_users.c: arguments of the scripts about users. */
#include "shared/store/store_users.h"

void store_user_create(struct store *s, struct slice username, struct slice role, struct slice password_hash,
	struct slice actor, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_USER_CREATE);
	store_call_text(&call, username);
	store_call_text(&call, role);
	store_call_text(&call, password_hash);
	store_call_text(&call, actor);
	store_call_send(s, &call, done, arg);
}

void store_user_list(struct store *s, uint64_t id, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_USER_LIST);
	if (id == 0)
		store_call_str(&call, "");
	else
		store_call_uint(&call, id);
	store_call_send(s, &call, done, arg);
}

void store_user_update(struct store *s, uint64_t id, struct slice actor, struct slice keep_hash,
	struct store_fields fields, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_USER_UPDATE);
	store_call_uint(&call, id);
	store_call_text(&call, actor);
	store_call_text(&call, keep_hash);
	store_call_fields(&call, fields);
	store_call_send(s, &call, done, arg);
}

void store_user_delete(struct store *s, uint64_t id, struct slice actor, enum store_deletion deletion,
	store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_USER_DELETE);
	store_call_uint(&call, id);
	store_call_text(&call, actor);
	store_call_uint(&call, deletion);
	store_call_send(s, &call, done, arg);
}

void store_proxies_reassign(struct store *s, uint64_t from, uint64_t to, struct slice actor,
	const uint64_t *ids, size_t count, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_PROXIES_REASSIGN);
	store_call_uint(&call, from);
	store_call_uint(&call, to);
	store_call_text(&call, actor);
	for (size_t i = 0; i < count; i++)
		store_call_uint(&call, ids[i]);
	store_call_send(s, &call, done, arg);
}

void store_user_rehash(struct store *s, uint64_t id, struct slice old_hash, struct slice new_hash,
	store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_USER_REHASH);
	store_call_uint(&call, id);
	store_call_text(&call, old_hash);
	store_call_text(&call, new_hash);
	store_call_send(s, &call, done, arg);
}
