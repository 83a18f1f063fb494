/*
 * notice.h: channels over which people are told outside the page (a webhook, Telegram, Discord, Slack), and
 * the events that they are told of. A channel is kept by the store as texts; who may see what of it is the
 * caller's business.
 */
#ifndef KP_MODEL_NOTICE_H
#define KP_MODEL_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/compiler.h"
#include "shared/base/err.h"
#include "shared/base/slice.h"
#include "shared/model/messages.h"

struct json;

/* event, text, whether a channel that names none wants it. In the order in which a message tells them. */
#define NOTICE_EVENTS(X)                                              \
	X(UNHEALTHY, "unhealthy", true)                               \
	X(NO_UPSTREAM, "no_upstream", true)                           \
	X(ROTATION_FAILED, "rotation_failed", true)                   \
	X(KEY_INVALID, "key_invalid", true)                           \
	X(KEY_EXPIRED, "key_expired", true)                           \
	X(QUOTA_REACHED, "quota_reached", true)                       \
	X(KEY_EXPIRING, "key_expiring", true) /* in 3 days, in 1 */   \
	X(SAME_IP, "same_ip", true)                                   \
	X(RECOVERED, "recovered", true) /* of what was told before */ \
	X(ROTATED, "rotated", false)

#define NOTICE_KINDS(X)         \
	X(WEBHOOK, "webhook")   \
	X(TELEGRAM, "telegram") \
	X(DISCORD, "discord")   \
	X(SLACK, "slack") /* and what speaks its webhooks, as Mattermost does */

#define X(name, text, wanted) NOTICE_##name,
enum notice_event { NOTICE_EVENTS(X) NOTICE_EVENT_COUNT };
#undef X
#define X(name, text) NOTICE_KIND_##name,
enum notice_kind { NOTICE_KINDS(X) NOTICE_KIND_COUNT };
#undef X

const char *notice_event_text(enum notice_event event);
bool notice_event_parse(struct slice text, enum notice_event *ret_event) MUST_CHECK;
uint32_t notice_events_default(void); /* bit per event */
/* "unhealthy, no_upstream, …": what would be right, for an error. */
const char *notice_events_wanted(void);

const char *notice_kind_text(enum notice_kind kind);
bool notice_kind_parse(struct slice text, enum notice_kind *ret_kind) MUST_CHECK;
const char *notice_kinds_wanted(void);

const char *notice_language_text(enum message_lang lang); /* "vi", "en" */

enum {
	NOTICE_NAME_MAX_CHARS = 100,
	NOTICE_URL_MAX_BYTES = 2048,
	NOTICE_INTERVAL_MIN_S = 10,
	NOTICE_INTERVAL_MAX_S = 3600,
	NOTICE_INTERVAL_DEFAULT_S = 60,
};

/* Times are epoch ms, 0 = never. Texts live as long as the JSON that they were read from. */
struct notice_channel {
	uint64_t id;
	enum notice_kind kind;
	enum message_lang language;
	uint32_t events; /* bit per enum notice_event */
	bool active;
	struct slice name, tag;
	int64_t user_id; /* 0: whoever has the proxy */
	int64_t interval_ms;
	struct slice shown;   /* the address, masked */
	struct slice chat_id; /* Telegram's */
	int64_t created_at, failing_since, last_sent_at;
	uint64_t queued, lost;               /* events that wait; that were given up */
	struct slice last_error;             /* JSON object text; "" = none */
	struct slice url, bot_token, secret; /* sealed; only where the store tells them */
};

/* From an object of texts, as the store gives it. */
bool notice_channel_from_json(
	const struct json *value, struct notice_channel *ret_channel, struct err *err) MUST_CHECK;

enum notice_address { NOTICE_ADDRESS_PUBLIC, NOTICE_ADDRESS_ANY };

/* Whether notices may go to this URL, as far as its text tells: https (http too where any address may be
 * told), and a host that is no private literal; link-local ones are never taken. NULL, or the message_id of
 * what is wrong. What a name stands for is looked at when the connection is made. */
const char *notice_url_refusal(struct slice url, enum notice_address policy);

/* "https://hooks.example.com/…x7Qa": enough to recognise it; path and query are secrets. */
enum { NOTICE_SHOWN_BYTES = 300 };
void notice_url_shown(struct slice url, char dst[NOTICE_SHOWN_BYTES]);

/* A bot's token is "<number>:<secret>"; it is shown as "<number>:…". */
bool notice_bot_token_ok(struct slice token);
void notice_bot_token_shown(struct slice token, char dst[NOTICE_SHOWN_BYTES]);
/* A number, negative for groups, or "@channelname". */
bool notice_chat_id_ok(struct slice chat_id);

#endif
