/*
 * old_data.h: reads a data.json of the single-host version into an import_list. Tolerant, because that file
 * was written by several versions and by hands: lists may be arrays or objects, numbers may be texts, a field
 * that is not known is counted and named, a bad one is left out; an item that lacks what it cannot do without
 * is refused, the others go on. docs/import.md describes what is read. Pure.
 */
#ifndef KP_API_IMPORT_OLD_DATA_H
#define KP_API_IMPORT_OLD_DATA_H

#include "api-node/import/import_list.h"
#include "shared/base/err.h"
#include "shared/model/validate.h"

struct json;

/* False when `root` has nothing of a data.json at all. */
bool old_data_read(const struct json *root, enum upstream_policy policy, struct import_list *list,
	struct err *err) MUST_CHECK;

#endif
