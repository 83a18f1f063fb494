/* store_idempotency.h: Idempotency-Key. scope_hash: hex of a hash over user, method, path, key. */
#ifndef KP_STORE_STORE_IDEMPOTENCY_H
#define KP_STORE_STORE_IDEMPOTENCY_H

#include "shared/store/store_op.h"

/* NEW (do it, then end or drop) | STORED status body | BUSY (the first is still at it) | MISMATCH (same key,
 * other body_hash: of the query and the body). hold_ms: how long NEW keeps others out should this node die.
 */
void store_idempotency_begin(struct store *s, struct slice scope_hash, struct slice body_hash,
	uint64_t hold_ms, store_done_fn *done, void *arg);
/* OK */
void store_idempotency_end(struct store *s, struct slice scope_hash, uint32_t status, struct slice body,
	uint64_t keep_ms, store_done_fn *done, void *arg);
/* OK. The call failed in a way that may be tried again. */
void store_idempotency_drop(struct store *s, struct slice scope_hash, store_done_fn *done, void *arg);

#endif
