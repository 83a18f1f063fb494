/*
 * tunnel.h: bytes both ways between two sockets, with backpressure. One side's EOF is passed on when
 * everything before it was written; the tunnel ends when both sides have closed, or with a reset when one
 * side broke.
 */
#ifndef KP_SIM_TUNNEL_H
#define KP_SIM_TUNNEL_H

#include "shared/base/compiler.h"

struct bufferevent;

enum tunnel_end { TUNNEL_FINISHED, TUNNEL_BROKEN };
typedef void tunnel_end_fn(enum tunnel_end end, void *arg);

enum flow_state { FLOW_OPEN, FLOW_DRAINING, FLOW_SHUT };

struct tunnel_side {
	struct tunnel *tunnel;
	struct bufferevent *bev; /* borrowed */
	struct tunnel_side *peer;
	enum flow_state flow; /* of the bytes that come from this side */
};

struct tunnel {
	struct tunnel_side sides[2];
	tunnel_end_fn *end;
	void *arg;
};

enum { TUNNEL_LOW_BYTES = 64 * 1024, TUNNEL_HIGH_BYTES = 256 * 1024 };
enum tunnel_input { TUNNEL_INPUT_OPEN, TUNNEL_INPUT_ENDED };

/* Takes over the callbacks of both (borrowed) bufferevents; what they hold already is passed on first.
 * `a_input`: the EOF of `a` was seen before. `end` is called once, maybe before this returns; it frees the
 * bufferevents. */
void tunnel_start(struct tunnel *t, struct bufferevent *a, enum tunnel_input a_input, struct bufferevent *b,
	tunnel_end_fn *end, void *arg);

#endif
