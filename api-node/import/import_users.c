/* import_users.c: people. A user of that name who is here already stays as he is; restoring a backup onto an
 * empty host gives him the backup's password and role instead: that host was set up only to be restored to.
 */
#include "api-node/api.h"
#include "api-node/import/import_steps.h"
#include "api-node/import/import_verdicts.h"
#include "shared/store/store_result.h"

static void users_next(struct import_run *run);

static void decide(struct import_run *run, size_t index, const struct import_verdict *verdict)
{
	struct import_item *item = &run->list.items[index];

	item->id = verdict->id;
	if (slice_eq_str(verdict->word, "created"))
		item->result = RESULT_CREATED;
	else if (slice_eq_str(verdict->word, "exists"))
		item->result = RESULT_EXISTS;
	else if (slice_eq_str(verdict->word, "replaced"))
		import_item_decide(item, RESULT_REPLACED, "import.user_replaced", SLICE_NONE);
	else
		import_item_decide(item, RESULT_CONFLICT, "import.user_kept", SLICE_NONE);
}

static void on_users(const struct store_result *result, void *arg)
{
	struct import_run *run = arg;

	if (!import_call_failed(run, result) && import_verdicts(run, result, decide))
		users_next(run);
}

static void users_next(struct import_run *run)
{
	struct slice users[STORE_IMPORT_CHUNK];
	struct request *req = run->req;

	if (!import_gather(run, IMPORT_USER, STORE_IMPORT_CHUNK)) {
		import_run_next(run);
		return;
	}
	for (size_t i = 0; i < run->chunk_count; i++)
		users[i] = import_item_fields(&run->list, &run->list.items[run->chunk[i]]);
	enum store_meeting meeting =
		run->source == IMPORT_BACKUP && run->proxies_here == 0 ? STORE_REPLACE : STORE_KEEP;
	store_import_users(req->api->store, run->effect, meeting, slice_from_str(req->caller.session_hash),
		users, run->chunk_count, on_users, run);
}

void import_users(struct import_run *run)
{
	users_next(run);
}
