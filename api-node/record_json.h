/* record_json.h: a record as REST and the WebSocket show it: the one form of a proxy that leaves this node.
 */
#ifndef KP_API_RECORD_JSON_H
#define KP_API_RECORD_JSON_H

struct api;
struct json_writer;
struct record;

/* All members inside an object that the caller began. */
void record_write_members(struct json_writer *w, struct api *api, const struct record *record);

#endif
