/* import_verdicts.c: see import_verdicts.h. */
#include "api-node/import/import_verdicts.h"

#include "api-node/import/import_run.h"
#include "api-node/reply.h"
#include "shared/json/json.h"
#include "shared/store/store_result.h"

/* An object with a verdict, or the bare word. */
static bool read_verdict(const struct json *value, struct import_verdict *verdict)
{
	const struct json *free_id = json_member(value, "id_free");
	int64_t id = 0;

	*verdict = (struct import_verdict){0};
	if (json_str(value, &verdict->word))
		return true;
	if (!json_get_str(value, "verdict", &verdict->word, NULL) || !json_get_i64(value, "id", &id, NULL))
		return false;
	verdict->id = (uint64_t)id;
	return !free_id || json_bool(free_id, &verdict->id_free);
}

bool import_verdicts(struct import_run *run, const struct store_result *result, import_verdict_fn *each)
{
	const struct json_limits limits = {.max_bytes = 4 * 1024 * 1024, .max_depth = 4};
	struct json *list = json_parse(store_result_str(result, "verdicts"), &limits, NULL);
	const struct json *value = json_first(list);
	bool ok = list && json_count(list) == run->chunk_count;

	for (size_t i = 0; ok && i < run->chunk_count; i++) {
		struct import_verdict verdict;
		ok = read_verdict(value, &verdict);
		if (ok)
			each(run, run->chunk[i], &verdict);
		value = json_next(value);
	}
	json_free(list);
	if (!ok)
		reply_unknown(run->req, "the store's verdicts on an import cannot be read");
	return ok;
}
