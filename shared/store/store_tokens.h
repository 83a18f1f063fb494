/*
 * store_tokens.h: API tokens, with which programs act as a person. Called by api-node. Only hashes of tokens
 * come here (64 hex digits). Who comes with one is told by store_read_barrier (store_people.h).
 */
#ifndef KP_STORE_STORE_TOKENS_H
#define KP_STORE_STORE_TOKENS_H

#include <stdbool.h>

#include "shared/store/store_op.h"

struct store_token {
	struct slice hash, name, hint; /* hint: the first characters, for people to tell tokens apart */
	uint64_t user_id;
	enum { STORE_TOKEN_READ_WRITE = 0, STORE_TOKEN_READ_ONLY = 1 } access;
	int64_t expires_at; /* epoch ms; 0: never */
};

/* CREATED token(JSON) | NOT_FOUND (no such user) | NAME_TAKEN | LIMIT max | INVALID field */
void store_token_create(
	struct store *s, const struct store_token *token, struct slice actor, store_done_fn *done, void *arg);

/* user_id 0: everybody's. OK tokens(JSON array, see token_list.lua) */
void store_token_list(struct store *s, uint64_t user_id, store_done_fn *done, void *arg);

/* user_id: whose it must be; 0: anybody's. OK | NOT_FOUND */
void store_token_revoke(
	struct store *s, uint64_t id, uint64_t user_id, struct slice actor, store_done_fn *done, void *arg);

#endif
