/*
 * record_json.h: a record as REST and the WebSocket show it: the one form of a proxy that leaves this node.
 * It is the same for everybody who may see the proxy, and kept for the next reader (record_memo.h): what it
 * shows may depend on the record, on the public ways to the relays and on the time, as
 * proxy_view_until_ms() tells; on nothing else.
 */
#ifndef KP_API_RECORD_JSON_H
#define KP_API_RECORD_JSON_H

#include <stddef.h>

#include "shared/base/buf.h"
#include "shared/base/slice.h"

struct api;
struct json_writer;
struct record;

/* One object; valid until the next call of any function here. */
struct slice record_json(struct api *api, const struct record *record);

void record_write(struct json_writer *w, struct api *api, const struct record *record);
/* All members inside an object that the caller began: for answers that add their own. */
void record_write_members(struct json_writer *w, struct api *api, const struct record *record);
/* An array of them. */
void records_write(struct buf *out, struct api *api, const struct record *const *rows, size_t count);

#endif
