/*
 * store_script.h: running one of our Lua scripts: a call is built argument by argument, then sent as EVALSHA;
 * a server that does not know the script (NOSCRIPT: restarted, SCRIPT FLUSH) gets the text with EVAL. KEYS[1]
 * is the store's prefix, ARGV are texts. The operations (store_proxies.h, store_jobs.h …) are thin uses of
 * this.
 *
 *	struct store_call call;
 *	store_call_begin(&call, SCRIPT_JOB_RENEW);
 *	store_call_text(&call, entry);
 *	store_call_uint(&call, fence);
 *	store_call_send(store, &call, done, arg);
 */
#ifndef KP_STORE_STORE_SCRIPT_H
#define KP_STORE_STORE_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/slice.h"
#include "shared/store/store_result.h"
#include "shared/store/store_script_texts.h"

struct store;

enum { STORE_CALL_DEADLINE_MS = 5000 };

struct store_call {
	enum store_script script;
	uint32_t deadline_ms; /* STORE_CALL_DEADLINE_MS unless changed before sending */
	struct buf bytes;     /* owned until sent: the arguments, one behind the other */
	struct buf ends;      /* owned until sent: size_t end offset of each */
};

void store_call_begin(struct store_call *call, enum store_script script);
void store_call_text(struct store_call *call, struct slice text);
void store_call_str(struct store_call *call, const char *text); /* NULL as "" */
void store_call_int(struct store_call *call, int64_t value);
void store_call_uint(struct store_call *call, uint64_t value);

/* Takes the arguments over; `call` is empty afterwards and may go out of scope. */
void store_call_send(struct store *store, struct store_call *call, store_done_fn *done, void *arg);

/* Throws a call away that will not be sent. */
void store_call_done(struct store_call *call);

#endif
