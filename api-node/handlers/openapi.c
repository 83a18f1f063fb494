/* openapi.c: GET /api/openapi.json: the contract. It changes with the build only. */
#include "api-node/openapi/openapi.h"

#include "api-node/etag.h"
#include "api-node/handlers/handlers.h"
#include "api-node/reply.h"
#include "api-node/request.h"

void openapi_get(struct request *req)
{
	reply_cache_control(req, "no-cache");
	reply_header(req, "ETag", "%s", openapi_document.etag);
	if (etag_matches(req->headers[HEADER_IF_NONE_MATCH], openapi_document.etag)) {
		reply_empty(req, 304);
		return;
	}
	reply_borrowed(req, 200, "application/json", openapi_document.text);
}
