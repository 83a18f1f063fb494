/*
 * import_run.h: takes in what an import_list holds, step by step, at most 100 items a script, so that neither
 * Redis nor this node's loop is held up. It can be repeated at any time: what is there already is found there.
 *
 *	import_run_start → judge (import_run_next_step) → users → proxies → tokens → logs → settings → done
 *
 * A dry run judges only. No provider is called: the clock finds what is due.
 */
#ifndef KP_API_IMPORT_IMPORT_RUN_H
#define KP_API_IMPORT_IMPORT_RUN_H

#include "api-node/import/import_list.h"
#include "api-node/request.h"
#include "shared/base/hash_map.h"
#include "shared/store/store_import.h"

enum import_source { IMPORT_DATA_JSON, IMPORT_BACKUP };

struct import_run;

typedef void import_done_fn(struct request *req, struct import_run *run);

struct import_run {
	struct request *req; /* borrowed */
	enum import_source source;
	enum store_effect effect;
	import_done_fn *done;
	struct import_list list;
	struct hash_map by_from_id[IMPORT_KIND_COUNT];    /* items of the list, by where they came from */
	size_t step;                                      /* of the steps in import_run.c */
	size_t cursor;                                    /* the next item of the step at hand */
	size_t chunk[STORE_IMPORT_LOGS_MAX], chunk_count; /* items in the call under way */
	uint64_t proxies_here;                            /* before anything was taken in */
	enum { SETTINGS_NONE, SETTINGS_SAME, SETTINGS_CHANGED, SETTINGS_REFUSED } settings;
	struct buf report; /* owned; for the done function */
	char version[64];  /* of the routes, "" = nothing changed */
};

/* Owned by the caller, who fills `list`. */
struct import_run *import_run_new(struct request *req, enum import_source source, enum store_effect effect);
void import_run_free(void *run);

/* Calls `done` when all is decided; or answers the request itself, when the store cannot be asked or what is
 * to be taken in does not go with what is here. */
void import_run_start(struct import_run *run, import_done_fn *done);

/* For the steps (import_steps.h): the step at hand is through. */
void import_run_next(struct import_run *run);

#endif
