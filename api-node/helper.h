/*
 * helper.h: one thread for what would hold up the loop: reading a document of many MiB, stretching a
 * passphrase. One piece of work at a time: such calls are rare, and each takes much memory.
 */
#ifndef KP_API_HELPER_H
#define KP_API_HELPER_H

#include "shared/base/err.h"
#include "shared/loop/loop.h"

struct helper;

/* `work` runs on the thread: it touches nothing that the loop's thread may touch meanwhile. Then `done` on
 * the loop's. */
typedef void helper_fn(void *arg);

struct helper *helper_new(struct loop *loop, struct err *err) MUST_CHECK;
/* Waits for the work at hand; its `done` is not called. */
void helper_free(struct helper *helper);

/* False when there is work at hand already. */
bool helper_run(struct helper *helper, helper_fn *work, helper_fn *done, void *arg) MUST_CHECK;

#endif
