/*
 * store_op.h: what every operation on the store shares: how its answer comes back, and how a list of record
 * fields is handed in. Operations are the functions of store_proxies.h, store_rotation.h, store_jobs.h,
 * store_lease.h, store_settings.h, store_people.h, store_nodes.h, store_log.h, store_notices.h and
 * store_idempotency.h; each runs one Lua file of lua/ (same name, without "store_"), whose header lists its
 * statuses and fields.
 *
 * `done` is called exactly once, never before the call returns, on the loop's thread. All arguments are
 * copied before the call returns.
 */
#ifndef KP_STORE_STORE_OP_H
#define KP_STORE_STORE_OP_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/slice.h"
#include "shared/store/store_result.h"
#include "shared/store/store_script.h"

struct store;

/* One field of a record or a request, as text. Names are the record's (architecture: proxy_fields.h). */
struct store_field {
	const char *name;
	struct slice value;
};

struct store_fields {
	const struct store_field *list; /* borrowed */
	size_t count;
};

/* For the operations themselves: appends name, value, … */
void store_call_fields(struct store_call *call, struct store_fields fields);

#endif
