/*
 * backup_run.h: gathers everything that another fleet needs to go on with the same endpoints, and seals it
 * under a passphrase: people, tokens, settings and numbers first, then proxies page by page. The pages are
 * not one moment: what changes meanwhile is in it as it was before or after.
 */
#ifndef KP_API_BACKUP_BACKUP_RUN_H
#define KP_API_BACKUP_BACKUP_RUN_H

#include "shared/base/slice.h"

struct backup_run;
struct request;

/* `passphrase` is copied; the run wipes it. Answers the request: 200 with the document, or why not. */
void backup_run_start(struct request *req, struct slice passphrase);

#endif
