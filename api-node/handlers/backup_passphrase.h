/* backup_passphrase.h: the passphrase of a backup, as a request brings it. */
#ifndef KP_API_HANDLERS_BACKUP_PASSPHRASE_H
#define KP_API_HANDLERS_BACKUP_PASSPHRASE_H

#include <stdbool.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

struct request;

/* Of the header Backup-Passphrase. False after the refusal was sent: none, too short, or written into the
 * address. */
bool backup_passphrase(struct request *req, struct slice *ret_passphrase) MUST_CHECK;

/* The same for one that came otherwise. */
bool backup_passphrase_ok(struct request *req, struct slice passphrase) MUST_CHECK;

#endif
