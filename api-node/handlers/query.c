/* query.c: see query.h. */
#include "api-node/handlers/query.h"

#include <stdio.h>

#include "api-node/reply.h"
#include "api-node/request.h"

bool query_number(struct request *req, const char *name, uint64_t min, uint64_t max, uint64_t *value)
{
	char text[24], detail[128];
	uint64_t number;
	bool bad;

	bool present = request_query(req, name, text, sizeof(text), &bad);
	if (!present && !bad)
		return true;
	if (present && slice_parse_u64(slice_from_str(text), &number) && number >= min && number <= max) {
		*value = number;
		return true;
	}
	snprintf(detail, sizeof(detail), "%s must be a whole number from %llu to %llu.", name,
		(unsigned long long)min, (unsigned long long)max);
	reply_problem(req, 400, "err.bad_request", NULL, detail);
	return false;
}

bool query_flag(struct request *req, const char *name, bool *value)
{
	char text[8], detail[64];
	bool bad;

	bool present = request_query(req, name, text, sizeof(text), &bad);
	if (!present && !bad)
		return true;
	if (present &&
		(slice_eq_str(slice_from_str(text), "true") || slice_eq_str(slice_from_str(text), "false"))) {
		*value = text[0] == 't';
		return true;
	}
	snprintf(detail, sizeof(detail), "%s must be true or false.", name);
	reply_problem(req, 400, "err.bad_request", NULL, detail);
	return false;
}
