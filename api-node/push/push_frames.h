/* push_frames.h: the frames of /api/ws as JSON texts. One function per type. */
#ifndef KP_API_PUSH_PUSH_FRAMES_H
#define KP_API_PUSH_PUSH_FRAMES_H

#include <stdint.h>

#include "api-node/records.h"
#include "shared/base/buf.h"

struct api;
struct settings;

void frame_hello(struct buf *out, const struct records *records);
void frame_proxy(struct buf *out, struct api *api, const struct record *record);
void frame_proxy_deleted(struct buf *out, int64_t id);
void frame_log(struct buf *out, struct slice entry_json); /* empty when the entry cannot be read */
void frame_settings(struct buf *out, const struct settings *settings);
void frame_resync(struct buf *out);

#endif
