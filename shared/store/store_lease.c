/* store_lease.c: arguments of the lease scripts. */
#include "shared/store/store_lease.h"

void store_lease_take(struct store *s, struct slice node, struct slice token, uint64_t lease_ms,
	store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_LEASE_TAKE);
	store_call_text(&call, node);
	store_call_text(&call, token);
	store_call_uint(&call, lease_ms);
	store_call_send(s, &call, done, arg);
}

void store_lease_renew(struct store *s, struct slice value, uint64_t lease_ms, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_LEASE_RENEW);
	store_call_text(&call, value);
	store_call_uint(&call, lease_ms);
	store_call_send(s, &call, done, arg);
}

void store_lease_release(struct store *s, struct slice value, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_LEASE_RELEASE);
	store_call_text(&call, value);
	store_call_send(s, &call, done, arg);
}
