/*
 * vendor_call.h: one call to a proxy's provider: unseals the key, builds the request, sends it, reads the
 * answer. What could not be sent or was lost comes back as a TRANSIENT reply whose `effect` says what the
 * vendor may have done. Used by rotate, sync and release; it decides nothing.
 */
#ifndef KP_SCHEDULER_VENDOR_CALL_H
#define KP_SCHEDULER_VENDOR_CALL_H

#include "scheduler/providers/provider.h"
#include "scheduler/sched_env.h"
#include "shared/base/log.h"

struct proxy;
struct vendor_call;

/* Once, on the loop, never before vendor_call_start() has returned. latency_ms: of the call. */
typedef void vendor_done_fn(const struct provider_reply *reply, uint64_t latency_ms, void *arg);

struct vendor_request {
	enum provider_call call;
	const struct proxy *proxy;
	struct slice region;     /* PROVIDER_NEW; may be empty */
	uint64_t send_before_ms; /* as in http_client.h; 0 = no such time */
	const char *job;         /* for the log */
	enum log_level good_log; /* the level at which a good answer is logged; one that is not: LOG_INFO */
};

struct vendor_call *vendor_call_start(const struct sched_env *env, const struct vendor_request *request,
	vendor_done_fn *done, void *arg) MUST_CHECK;
void vendor_call_cancel(struct vendor_call *call); /* `done` never runs; NULL is fine */

#endif
