/* create_defaults.c: see create_defaults.h. */
#include "api-node/handlers/create_defaults.h"

#include "api-node/api.h"
#include "api-node/handlers/proxy_form.h"
#include "api-node/public_ports.h"
#include "api-node/request.h"
#include "shared/model/endpoint.h"

void create_defaults(const struct request *req, struct proxy_form *form)
{
	const struct public_access *access = public_ports_access(req->api->public_ports);
	struct slice value;

	if (!proxy_form_get(form, "region", &value))
		proxy_form_set(form, "region", SLICE_LIT("random"));
	if (!proxy_form_get(form, "allow", &value))
		proxy_form_set(form, "allow", slice_from_str(req->api->config->allow_default_json));
	proxy_form_set_int(form, "user_id", req->caller.who.user_id);
	proxy_form_set_int(form, "port_start", access->port_start);
	proxy_form_set_int(form, "port_end", access->port_end);
	proxy_form_set_int(form, "reuse_ms", (int64_t)req->api->config->number_reuse_hours * 3600 * 1000);
}
