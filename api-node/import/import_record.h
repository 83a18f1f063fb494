/*
 * import_record.h: one proxy that comes from elsewhere, made into a record of this fleet: secrets sealed and
 * hashed under our key, its owner's id here, defaults for what was not said.
 */
#ifndef KP_API_IMPORT_IMPORT_RECORD_H
#define KP_API_IMPORT_IMPORT_RECORD_H

#include "api-node/import/import_run.h"
#include "shared/base/err.h"

/* Fills in what a proxy is recognised by (key_hash, name, number) and when a line of history was written
 * (at_ms). Pure, and costly for a large list: on the helper's thread. */
void import_list_identify(struct import_list *list, const struct keyring *keyring);

/* Appends the record as import_proxies.lua takes it, for item->id. */
bool import_record_write(
	struct import_run *run, const struct import_item *item, struct buf *out, struct err *err) MUST_CHECK;

#endif
