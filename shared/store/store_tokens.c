/* store_tokens.c: arguments of the scripts about API tokens. */
#include "shared/store/store_tokens.h"

/* 0 stands for "any" and is an empty text to the scripts. */
static void add_user(struct store_call *call, uint64_t user_id)
{
	if (user_id == 0)
		store_call_str(call, "");
	else
		store_call_uint(call, user_id);
}

void store_token_create(
	struct store *s, const struct store_token *token, struct slice actor, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_TOKEN_CREATE);
	store_call_text(&call, token->hash);
	store_call_uint(&call, token->user_id);
	store_call_text(&call, token->name);
	store_call_text(&call, token->hint);
	store_call_uint(&call, token->access);
	if (token->expires_at == 0)
		store_call_str(&call, "");
	else
		store_call_int(&call, token->expires_at);
	store_call_text(&call, actor);
	store_call_send(s, &call, done, arg);
}

void store_token_list(struct store *s, uint64_t user_id, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_TOKEN_LIST);
	add_user(&call, user_id);
	store_call_send(s, &call, done, arg);
}

void store_token_revoke(
	struct store *s, uint64_t id, uint64_t user_id, struct slice actor, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_TOKEN_REVOKE);
	store_call_uint(&call, id);
	add_user(&call, user_id);
	store_call_text(&call, actor);
	store_call_send(s, &call, done, arg);
}
