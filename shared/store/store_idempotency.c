/* store_idempotency.c: arguments of the Idempotency-Key scripts. */
#include "shared/store/store_idempotency.h"

void store_idempotency_begin(struct store *s, struct slice scope_hash, struct slice body_hash,
	uint64_t hold_ms, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_IDEMPOTENCY_BEGIN);
	store_call_text(&call, scope_hash);
	store_call_text(&call, body_hash);
	store_call_uint(&call, hold_ms);
	store_call_send(s, &call, done, arg);
}

void store_idempotency_end(struct store *s, struct slice scope_hash, uint32_t status, struct slice body,
	uint64_t keep_ms, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_IDEMPOTENCY_END);
	store_call_text(&call, scope_hash);
	store_call_uint(&call, status);
	store_call_text(&call, body);
	store_call_uint(&call, keep_ms);
	store_call_send(s, &call, done, arg);
}

void store_idempotency_drop(struct store *s, struct slice scope_hash, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_IDEMPOTENCY_DROP);
	store_call_text(&call, scope_hash);
	store_call_send(s, &call, done, arg);
}
