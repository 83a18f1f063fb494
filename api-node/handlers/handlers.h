/* handlers.h: the handlers that routes.h names, declared from that table, so that none is declared by hand.
 */
#ifndef KP_API_HANDLERS_HANDLERS_H
#define KP_API_HANDLERS_HANDLERS_H

struct request;

#define ROUTE(method, pattern, handler, access, body, limit, query) void handler(struct request *req);
#include "api-node/routes.h"
#undef ROUTE

#endif
