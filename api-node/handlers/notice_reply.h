/* notice_reply.h: how a channel for notices, and what was sent over it, is shown. */
#ifndef KP_API_HANDLERS_NOTICE_REPLY_H
#define KP_API_HANDLERS_NOTICE_REPLY_H

#include "shared/base/slice.h"
#include "shared/model/notice.h"

struct json_writer;
struct request;
struct store_result;

/* One object. `secret` (may be empty): told this once. */
void notice_channel_write(struct json_writer *w, const struct notice_channel *channel, struct slice secret);

/* One line of the deliveries, as the store keeps it; false when it cannot be read. */
bool notice_delivery_write(struct json_writer *w, struct slice stored) MUST_CHECK;

/* Every status of the notices' scripts that is not success. */
void notice_refusal_reply(struct request *req, const struct store_result *result);

#endif
