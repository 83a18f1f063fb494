/*
 * notice_message.h: a batch as the HTTP request that a channel's receiver takes: a signed JSON for a webhook,
 * a text with its markup escaped for Telegram, Discord and Slack. Pure.
 */
#ifndef KP_SCHEDULER_NOTICES_NOTICE_MESSAGE_H
#define KP_SCHEDULER_NOTICES_NOTICE_MESSAGE_H

#include "scheduler/notices/notice_batch.h"
#include "shared/base/buf.h"

enum { NOTICE_HEADERS_MAX = 3, NOTICE_HEADER_BYTES = 160 };

/* What the batch does not tell. Texts are borrowed. */
struct notice_scene {
	const char *domain;                  /* heads a text; NULL: "KiotProxy" */
	const char *telegram_base;           /* "https://api.telegram.org" */
	int64_t now_ms;                      /* epoch: the webhook's timestamp, and that of a test */
	const char *test_id;                 /* the id of a test's message */
	struct slice url, bot_token, secret; /* in the clear */
};

struct notice_message {
	struct buf url; /* secret; wipe it */
	struct buf body;
	char headers[NOTICE_HEADERS_MAX][NOTICE_HEADER_BYTES]; /* "Name: value"; the rest are "" */
};

/* False when the channel lacks what its kind needs. Done with notice_message_done() either way. */
bool notice_message_make(const struct notice_channel *channel, const struct notice_batch *batch,
	const struct notice_scene *scene, struct notice_message *ret_message, struct err *err) MUST_CHECK;
void notice_message_done(struct notice_message *message);

/* Text as a kind's markup shows it: nothing in it is a mark, a link's name or a mention. */
void notice_escape(struct buf *out, enum notice_kind kind, struct slice text);

#endif
