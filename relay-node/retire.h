/*
 * retire.h: what becomes of a connection when its endpoint's route is replaced by a newer one. Pure. Called
 * by conn.c for every connection of the endpoint.
 */
#ifndef KP_RELAY_RETIRE_H
#define KP_RELAY_RETIRE_H

#include <stdint.h>

#include "relay-node/close_reason.h"
#include "relay-node/served_route.h"

enum { RETIRE_IDLE_MS = 2000 }; /* `drain`: no byte either way for this long counts as idle */

enum retire_action {
	RETIRE_KEEP,
	RETIRE_DRAIN, /* closes when idle, at the latest after route->drain_seconds */
	RETIRE_CUT,   /* *ret_reason says why */
};

/* `dialled` is what the connection goes through, `newest` what is in force now. */
enum retire_action retire_decide(
	const struct served_route *dialled, const struct served_route *newest, enum close_reason *ret_reason);

#endif
