/* log_filter.h: which lines of the history a caller asked for. Pure but for reading the query. */
#ifndef KP_API_HANDLERS_LOG_FILTER_H
#define KP_API_HANDLERS_LOG_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/compiler.h"

struct buf;
struct log_entry;
struct proxy;
struct request;

enum { LOG_FILTER_TEXT_BYTES = 136, LOG_LIMIT_DEFAULT = 50, LOG_LIMIT_MAX = 500 };

/* Empty texts and 0 filter nothing. */
struct log_filter {
	uint64_t proxy_id, limit;
	char before[48]; /* an entry's id, exclusive */
	char action[LOG_FILTER_TEXT_BYTES], status[LOG_FILTER_TEXT_BYTES], user[LOG_FILTER_TEXT_BYTES],
		via[LOG_FILTER_TEXT_BYTES], q[LOG_FILTER_TEXT_BYTES];
};

/* From `proxy_id before limit action status user via q` of the query. False after a 400 that says what would
 * be right. */
bool log_filter_read(struct request *req, struct log_filter *ret_filter) MUST_CHECK;

/* Whether most lines may fail the filter, so that more must be read than shown. */
bool log_filter_is_narrow(const struct log_filter *filter);

/* user and via: whole, any letter case; via=token takes every token. q: found, in any case and without marks,
 * in any of the line's texts (in either language), or in the proxy's name or subdomain. `proxy` may be NULL.
 */
bool log_filter_matches(
	const struct log_filter *filter, const struct log_entry *entry, const struct proxy *proxy);

/* Appends the query that asks for the lines before `before` with this filter, percent-encoded. */
void log_filter_query(const struct log_filter *filter, const char *before, struct buf *out);

#endif
