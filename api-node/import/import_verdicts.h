/* import_verdicts.h: walks the `verdicts` that an import script answers, one for each item of a chunk. */
#ifndef KP_API_IMPORT_IMPORT_VERDICTS_H
#define KP_API_IMPORT_IMPORT_VERDICTS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/slice.h"

struct import_run;
struct json;
struct store_result;

struct import_verdict {
	struct slice word; /* "created", "exists" … */
	uint64_t id;       /* whose, or what it has become; 0 = none */
	bool id_free;
};

typedef void import_verdict_fn(struct import_run *run, size_t item, const struct import_verdict *verdict);

/* Calls `each` for every item of run->chunk, in order. False, and the request answered, when the script's
 * answer cannot be read. */
bool import_verdicts(struct import_run *run, const struct store_result *result, import_verdict_fn *each);

#endif
