/*
 * store_result.h: what an operation of the store ended with: a status and named values, as the script
 * returned them ({STATUS, name, value, name, value, …}). Valid only inside the done callback.
 */
#ifndef KP_STORE_STORE_RESULT_H
#define KP_STORE_STORE_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/slice.h"

struct store_reply;

enum store_status {
#define STORE_STATUS(name) STORE_##name,
#include "shared/store/store_statuses.h"
#undef STORE_STATUS
	STORE_STATUS_COUNT
};

struct store_result {
	enum store_status status;
	const struct err *err;           /* set when STORE_LOST or STORE_ERROR, else NULL */
	const struct store_reply *reply; /* borrowed; NULL when STORE_LOST */
};

/* Called exactly once for each operation, on the loop's thread, never before the call that started it has
 * returned. `result` and what it holds are valid only inside. The store must not be freed inside. */
typedef void store_done_fn(const struct store_result *result, void *arg);

/* A named value. Absent: empty slice, 0. Text that is no number: 0. */
struct slice store_result_str(const struct store_result *result, const char *name);
int64_t store_result_int(const struct store_result *result, const char *name);
uint64_t store_result_uint(const struct store_result *result, const char *name);
bool store_result_has(const struct store_result *result, const char *name);

/* The script's word for a status: "STALE_FENCE". For logs and tests. A script's LOST is CLAIM_LOST here. */
const char *store_status_text(enum store_status status);

/* For store_script.c: reads the flat array. What is no result becomes STORE_ERROR with the reason in
 * `err_room`, which must live as long as the result. */
void store_result_read(
	struct store_result *ret_result, const struct store_reply *reply, struct err *err_room);

#endif
