/* proxy_selection.h: the proxies that a list or an export shows: those that fit the query and that the caller
 * may see, in the order asked for. */
#ifndef KP_API_HANDLERS_PROXY_SELECTION_H
#define KP_API_HANDLERS_PROXY_SELECTION_H

#include <stddef.h>

#include "api-node/handlers/list_query.h"

struct record;
struct request;

struct proxy_selection {
	const struct record **rows; /* owned; the page, in order; valid within this callback (records.h) */
	size_t count;
	size_t total; /* of all pages */
};

/* Reads the request's query; false after a 400 that says what would be right. */
bool proxy_selection_query(struct request *req, struct list_query *ret_query) MUST_CHECK;

/* Done with proxy_selection_done(). */
void proxy_selection_make(
	struct request *req, const struct list_query *query, struct proxy_selection *ret_selection);
void proxy_selection_done(struct proxy_selection *selection);

#endif
