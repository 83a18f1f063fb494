/* key_holders.h: which proxies use these provider keys, asked of the store. */
#ifndef KP_API_HANDLERS_KEY_HOLDERS_H
#define KP_API_HANDLERS_KEY_HOLDERS_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/slice.h"

struct request;

/* `ids`: of each key, in order, the proxy that has it; 0 = none. Valid only inside. */
typedef void key_holders_fn(struct request *req, const uint64_t *ids, size_t count);

/* Calls `done`, never before it returns, or answers 503 when the store cannot tell. `count` ≥ 1. */
void key_holders_read(struct request *req, struct slice provider, const struct slice *keys, size_t count,
	key_holders_fn *done);

#endif
