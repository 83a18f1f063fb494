/* api_metrics.h: what an api-node tells its operator: /readyz and /metrics. */
#ifndef KP_API_API_METRICS_H
#define KP_API_API_METRICS_H

#include "shared/admin/admin_server.h"

struct api;

struct api_readiness {
	struct api *api; /* borrowed */
	enum { API_SERVING, API_DRAINING } state;
};

/* For admin_server_new, with a struct api_readiness. */
extern const struct admin_ops api_admin_ops;

#endif
