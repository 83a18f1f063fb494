/* loop_libevent.h: loop.h on a libevent base, for relay-node's feed thread and the scheduler. */
#ifndef KP_LOOP_LOOP_LIBEVENT_H
#define KP_LOOP_LOOP_LIBEVENT_H

#include "shared/loop/loop.h"

struct event_base;

/* A loop on `base` (borrowed: outlives the loop). Freed with loop_libevent_free, after everything made on it.
 */
struct loop *loop_libevent_new(struct event_base *base) MUST_CHECK;
void loop_libevent_free(struct loop *loop);

#endif
