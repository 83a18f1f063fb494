/* store_lease.h: the leader's lease (architecture: leader election). Called by the scheduler's leader.c only.
 */
#ifndef KP_STORE_STORE_LEASE_H
#define KP_STORE_STORE_LEASE_H

#include "shared/store/store_op.h"

/* token: random text, new at each try. TAKEN epoch value(keep it: renew, release and dispatch show it) |
 * HELD node ttl_ms */
void store_lease_take(struct store *s, struct slice node, struct slice token, uint64_t lease_ms,
	store_done_fn *done, void *arg);
/* OK | LOST */
void store_lease_renew(
	struct store *s, struct slice value, uint64_t lease_ms, store_done_fn *done, void *arg);
/* OK | LOST */
void store_lease_release(struct store *s, struct slice value, store_done_fn *done, void *arg);

#endif
