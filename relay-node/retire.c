/* retire.c: see retire.h. */
#include "relay-node/retire.h"

enum retire_action retire_decide(
	const struct served_route *dialled, const struct served_route *newest, enum close_reason *ret_reason)
{
	if (route_shut(newest->route)) {
		*ret_reason = route_shut(newest->route) == ROUTE_SHUT_QUOTA ? CLOSE_QUOTA : CLOSE_PAUSED;
		return RETIRE_CUT;
	}
	/* Only ever counts up; a lower one is another history of the store, and asks for the same. */
	if (newest->route->restart_seq != dialled->route->restart_seq) {
		*ret_reason = CLOSE_RESTARTED;
		return RETIRE_CUT;
	}
	/* No upstream now, or the same: what is alive may go on. */
	if (newest->route->state != ROUTE_ACTIVE || served_route_same_upstream(dialled, newest))
		return RETIRE_KEEP;
	*ret_reason = CLOSE_ROTATED;
	switch (newest->route->on_rotate) {
	case ON_ROTATE_CUT: return RETIRE_CUT;
	case ON_ROTATE_KEEP: return RETIRE_KEEP;
	default: return RETIRE_DRAIN;
	}
}
