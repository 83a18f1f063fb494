/* fleet.c: GET /api/fleet: the nodes and what they stand on, as they are now. What is shown is fleet_json.c.
 */
#include "api-node/api.h"
#include "api-node/fleet_json.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/json/json_writer.h"
#include "shared/store/store_nodes.h"

static void on_read(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct json_writer w;
	struct err err = {0};
	struct buf body;

	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	if (fleet_write_members(&w, result, &err)) {
		json_object_end(&w);
		reply_json(req, 200, &body);
	} else {
		reply_unknown(req, err.msg);
	}
	buf_done(&body);
}

void fleet_get(struct request *req)
{
	store_fleet_read(req->api->store, on_read, req);
}
