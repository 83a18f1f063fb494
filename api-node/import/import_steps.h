/*
 * import_steps.h: the steps of an import, each in the file of its noun. A step calls the store as often as it
 * must, then import_run_next(). Called by import_run.c only, in the order below.
 */
#ifndef KP_API_IMPORT_IMPORT_STEPS_H
#define KP_API_IMPORT_IMPORT_STEPS_H

#include "api-node/import/import_run.h"

struct store_result;

/* import_proxies.c: what each proxy would meet; finds those that come twice. */
void import_judge_proxies(struct import_run *run);
/* import_restore.c: refuses a backup on a host that has other proxies. */
void import_check_restore(struct import_run *run);
/* import_users.c */
void import_users(struct import_run *run);
/* import_proxies.c: those that keep their ids, then ids for the others, then these. */
void import_kept_proxies(struct import_run *run);
void import_take_ids(struct import_run *run);
/* import_restore.c */
void import_tokens(struct import_run *run);
void import_channels(struct import_run *run);
void import_numbers(struct import_run *run);
/* import_logs.c */
void import_logs(struct import_run *run);
/* import_settings.c */
void import_settings(struct import_run *run);

/* The next undecided items of a kind into run->chunk, at most `max`; false when there are none left. */
bool import_gather(struct import_run *run, enum import_kind kind, size_t max) MUST_CHECK;

/* Their id here of what had `from_id` where it came from; 0 when it is not in the list or was not taken in.
 */
uint64_t import_id_here(const struct import_run *run, enum import_kind kind, int64_t from_id);

/* The call failed: answers the request and returns true. */
bool import_call_failed(struct import_run *run, const struct store_result *result) MUST_CHECK;

#endif
