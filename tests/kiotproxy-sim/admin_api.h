/*
 * admin_api.h: how tests steer the simulator and look into it. JSON in and out, below /admin:
 *
 *	POST /admin/keys/<key>         behaviour and settings (behaviour.h); GET: what is known of the key
 *	POST /admin/keys/<key>/rotate  someone else changed the upstream
 *	POST /admin/keys/<key>/kill    it dies without a rotation
 *	POST /admin/default            the same for all keys without a rule
 *	POST /admin/reset-counters
 *	GET  /admin/stats[?keys=1]     totals, and every key
 *	GET  /admin/log?since=N        the last calls
 */
#ifndef KP_SIM_ADMIN_API_H
#define KP_SIM_ADMIN_API_H

#include "tests/kiotproxy-sim/origin.h"
#include "tests/kiotproxy-sim/upstream_proxy.h"
#include "tests/kiotproxy-sim/vendor_api.h"

#define ADMIN_API_PREFIX "/admin/"

struct admin_api { /* all borrowed */
	struct vendor_api *vendor;
	struct upstream_proxy *proxy;
	struct origin *origin;
};

/* An http_handler_fn for paths under ADMIN_API_PREFIX; `arg` is the struct admin_api. */
void admin_api_handle(struct http_conn *conn, const struct http_request *request, void *arg);

#endif
