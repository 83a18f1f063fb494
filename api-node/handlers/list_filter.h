/* list_filter.h: whether a proxy belongs into the list that somebody asked for. */
#ifndef KP_API_HANDLERS_LIST_FILTER_H
#define KP_API_HANDLERS_LIST_FILTER_H

#include <stdbool.h>

struct list_query;
struct public_access;
struct record;
struct session;

/* Whether everything the caller may see belongs into it, and they may see everything: no need to ask. */
bool list_filter_takes_all(const struct list_query *query, const struct session *who);

/* Whether `who` may see it and every part of the query fits. A word fits that stands in the searchable text
 * (record.h), is the whole provider key, or an endpoint's address as `access` offers it. */
bool list_filter_takes(const struct list_query *query, const struct session *who,
	const struct public_access *access, const struct record *record);

#endif
