/* proxies_list.c: the list of proxies: searched, filtered, sorted, in pages. */
#include "api-node/api.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/list_link.h"
#include "api-node/handlers/proxy_selection.h"
#include "api-node/record_json.h"
#include "api-node/reply.h"
#include "api-node/request.h"

static void add_link(
	struct request *req, const struct list_query *query, const struct proxy_selection *selection)
{
	struct buf link;

	buf_init(&link, 0);
	list_link(&link, req->path, req->query, query->offset, query->limit, selection->total);
	reply_header(req, "Link", "%s", buf_str(&link));
	buf_done(&link);
}

void proxies_list(struct request *req)
{
	struct proxy_selection selection;
	struct list_query query;
	struct buf body;

	if (!proxy_selection_query(req, &query))
		return;
	proxy_selection_make(req, &query, &selection);
	buf_init(&body, 0);
	records_write(&body, req->api, selection.rows, selection.count);
	reply_header(req, "X-Total-Count", "%zu", selection.total);
	if (query.part == LIST_PAGED)
		add_link(req, &query, &selection);
	proxy_selection_done(&selection);
	list_query_done(&query);
	reply_json(req, 200, &body);
}
