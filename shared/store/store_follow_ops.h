/*
 * store_follow_ops.h: how a follower tells its node what to do with the node's table: the live one and the
 * next one, which a snapshot fills. Given to store_follow_new(); called by store_watch.c, on the loop's
 * thread.
 */
#ifndef KP_STORE_STORE_FOLLOW_OPS_H
#define KP_STORE_STORE_FOLLOW_OPS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/slice.h"
#include "shared/model/change.h"

struct store_follow_ops {
	/* Optional: would apply() or stage() take this value? Asked for every set of a message before any of
	 * it is applied, so that an invalid message is refused as a whole. */
	bool (*check)(void *arg, struct slice key, struct slice value, struct err *err);
	/* One entry into the LIVE table. CHANGE_SET or CHANGE_DEL (value empty). False: invalid, the last
	 * valid entry stays. */
	bool (*apply)(void *arg, enum change_op op, struct slice key, struct slice value, uint64_t ver,
		struct err *err);
	/* One entry into the NEXT table, which is made by the first call. May come again for the same key
	 * with a newer value; `value.data` NULL takes the key out again. False: invalid, see keep. */
	bool (*stage)(void *arg, struct slice key, struct slice value, uint64_t ver, struct err *err);
	/* Optional: stage() refused the snapshot's value of a key that LIVE has: NEXT shall have what LIVE
	 * has. Without it, or when false, the key is left out. */
	bool (*keep)(void *arg, struct slice key);
	void (*swap)(void *arg); /* NEXT becomes LIVE (empty when nothing was staged) */
	void (*drop)(void *arg); /* NEXT is thrown away; it may be empty */
	/* Optional: what is not state (log, job, session_end, user …), in order, each at most once; some are
	 * lost when a snapshot jumps over them. */
	void (*notice)(void *arg, const struct change_item *item);
	/* Optional: the position or readiness may have changed; after each batch. */
	void (*moved)(void *arg);
};

#endif
