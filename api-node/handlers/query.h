/* query.h: query parameters that are numbers or flags, checked in one place. */
#ifndef KP_API_HANDLERS_QUERY_H
#define KP_API_HANDLERS_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/compiler.h"

struct request;

/* The largest id: what JSON and Lua hold exactly. More are a number that no id can be. */
#define QUERY_ID_MAX ((1ull << 53) - 1)

/* The number `name` of the query, between min and max. Absent: true, *value untouched. Wrong: false, after a
 * 400 that says what would be right. */
bool query_number(
	struct request *req, const char *name, uint64_t min, uint64_t max, uint64_t *value) MUST_CHECK;

/* The same for true or false. */
bool query_flag(struct request *req, const char *name, bool *value) MUST_CHECK;

#endif
