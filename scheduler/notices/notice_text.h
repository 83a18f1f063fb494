/*
 * notice_text.h: a batch in words, one line a group: "37 proxy lỗi kết nối: proxy1, proxy4 …". Plain text;
 * what a channel's own markup needs is escaped by who formats the message (notice_message.c). Pure, but for
 * the zone of the process in which a time of day is told.
 */
#ifndef KP_SCHEDULER_NOTICES_NOTICE_TEXT_H
#define KP_SCHEDULER_NOTICES_NOTICE_TEXT_H

#include "scheduler/notices/notice_batch.h"
#include "shared/base/buf.h"
#include "shared/model/messages.h"

/* Appends the line of a group, without a line's end, of at most about max_bytes. */
void notice_text_group(
	struct buf *out, const struct notice_group *group, enum message_lang lang, size_t max_bytes);

/* What a test says. */
void notice_text_test(struct buf *out, struct slice channel_name, enum message_lang lang);

#endif
