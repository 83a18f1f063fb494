/* proxies.c: showing a proxy. The list is proxies_list.c, adding one proxies_create.c, changing
 * proxies_update.c, deleting and restoring proxies_deleted.c. */
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/request.h"

void proxies_get(struct request *req)
{
	const struct record *record = proxy_of_request(req, MAY_SEE_PROXY);

	if (record)
		proxy_reply(req, 200, record, SLICE_NONE);
}
