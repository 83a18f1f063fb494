/* query.h: the parameters of the query, checked in one place: which there may be, numbers and flags. */
#ifndef KP_API_HANDLERS_QUERY_H
#define KP_API_HANDLERS_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/compiler.h"

struct request;

/* The largest id: what JSON and Lua hold exactly. More are a number that no id can be. */
#define QUERY_ID_MAX ((1ull << 53) - 1)

/* False after a 400 when the query has a parameter that is none of `known` ("limit, before"), or one of them
 * twice. `known` NULL: any may come. */
bool query_known(struct request *req, const char *known) MUST_CHECK;

/* Always false, after a 400 that names the parameter: `detail` says what would be right. */
bool query_refuse(struct request *req, const char *name, const char *detail);

/* The number `name` of the query, between min and max. Absent: true, *value untouched. Wrong: false, after a
 * 400 that says what would be right. */
bool query_number(
	struct request *req, const char *name, uint64_t min, uint64_t max, uint64_t *value) MUST_CHECK;

/* The same for true or false. */
bool query_flag(struct request *req, const char *name, bool *value) MUST_CHECK;

#endif
