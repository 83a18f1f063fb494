/* health.c: GET /api/health: is this node of use, for people and load balancers that only reach the public
 * port. */
#include "api-node/api.h"
#include "api-node/handlers/handlers.h"
#include "api-node/records.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/proc.h"
#include "shared/json/json_writer.h"
#include "shared/store/store.h"

void health_get(struct request *req)
{
	bool ready = records_ready(req->api->records), up = store_is_up(req->api->store);
	struct json_writer w;
	struct buf body;

	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_put_cstr(&w, "status", ready && up ? "ok" : ready ? "stale" : "starting");
	json_put_bool(&w, "redis", up);
	json_put_cstr(&w, "build", proc_build());
	json_object_end(&w);
	reply_json(req, ready ? 200 : 503, &body);
}
