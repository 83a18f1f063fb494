/* proxy_selection.c: see proxy_selection.h. */
#include "api-node/handlers/proxy_selection.h"

#include <stdlib.h>
#include <string.h>

#include "api-node/api.h"
#include "api-node/handlers/list_filter.h"
#include "api-node/handlers/query.h"
#include "api-node/public_ports.h"
#include "api-node/records.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"

bool proxy_selection_query(struct request *req, struct list_query *ret_query)
{
	struct err err = {0};

	if (list_query_parse(req->query, ret_query, &err))
		return true;
	list_query_done(ret_query);
	return query_refuse(req, ret_query->refused, err.msg);
}

/* What everybody's first page is: nothing to leave out, nothing to sort. Not one record is looked at. */
static bool is_plain_page(const struct request *req, const struct list_query *query)
{
	return list_filter_takes_all(query, &req->caller.who) && query->sort == SORT_NUMBER &&
	       query->direction == LIST_ASCENDING;
}

static void take_plain_page(const struct record *const *all, size_t count, const struct list_query *query,
	struct proxy_selection *selection)
{
	size_t left = query->offset < count ? count - query->offset : 0;

	selection->total = count;
	selection->count = left < query->limit ? left : query->limit;
	selection->rows = mem_alloc((selection->count + 1) * sizeof(struct record *));
	if (selection->count > 0)
		memcpy(selection->rows, all + query->offset, selection->count * sizeof(struct record *));
}

void proxy_selection_make(
	struct request *req, const struct list_query *query, struct proxy_selection *ret_selection)
{
	struct records *records = req->api->records;
	const struct public_access *access = public_ports_access(req->api->public_ports);
	const struct record *const *all = records_by_number(records);
	size_t count = records_count(records), total = 0;

	if (is_plain_page(req, query)) {
		take_plain_page(all, count, query, ret_selection);
		return;
	}
	const struct record **rows = mem_alloc((count + 1) * sizeof(struct record *));
	for (size_t i = 0; i < count; i++)
		if (list_filter_takes(query, &req->caller.who, access, all[i]))
			rows[total++] = all[i];
	ret_selection->rows = rows;
	ret_selection->total = total;
	ret_selection->count =
		list_order_page(rows, total, query->sort, query->direction, query->offset, query->limit);
}

void proxy_selection_done(struct proxy_selection *selection)
{
	free(selection->rows);
	selection->rows = NULL;
}
