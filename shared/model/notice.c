/* notice.c: see notice.h. Addresses of channels are in notice_address.c. */
#include "shared/model/notice.h"

#include "shared/base/ensure.h"
#include "shared/json/json.h"
#include "shared/model/enum_text.h"

#define X(name, text, wanted) [NOTICE_##name] = text,
static const char *const EVENT_TEXTS[] = {NOTICE_EVENTS(X)};
#undef X
#define X(name, text) [NOTICE_KIND_##name] = text,
static const char *const KIND_TEXTS[] = {NOTICE_KINDS(X)};
#undef X

const char *notice_event_text(enum notice_event event)
{
	ensure((unsigned)event < NOTICE_EVENT_COUNT);
	return EVENT_TEXTS[event];
}

bool notice_event_parse(struct slice text, enum notice_event *ret_event)
{
	size_t i;

	if (!enum_text_find(EVENT_TEXTS, ARRAY_LEN(EVENT_TEXTS), text, &i))
		return false;
	*ret_event = (enum notice_event)i;
	return true;
}

uint32_t notice_events_default(void)
{
#define X(name, text, wanted) | ((wanted) ? 1u << NOTICE_##name : 0)
	return 0 NOTICE_EVENTS(X);
#undef X
}

const char *notice_events_wanted(void)
{
#define X(name, text, wanted) ", " text
	return &(NOTICE_EVENTS(X))[2];
#undef X
}

const char *notice_kind_text(enum notice_kind kind)
{
	ensure((unsigned)kind < NOTICE_KIND_COUNT);
	return KIND_TEXTS[kind];
}

bool notice_kind_parse(struct slice text, enum notice_kind *ret_kind)
{
	size_t i;

	if (!enum_text_find(KIND_TEXTS, ARRAY_LEN(KIND_TEXTS), text, &i))
		return false;
	*ret_kind = (enum notice_kind)i;
	return true;
}

const char *notice_kinds_wanted(void)
{
#define X(name, text) ", " text
	return &(NOTICE_KINDS(X))[2];
#undef X
}

const char *notice_language_text(enum message_lang lang)
{
	return lang == MESSAGE_VIETNAMESE ? "vi" : "en";
}

/* --- a channel as the store keeps it
 * ------------------------------------------------------------------------- */

/* 0 when it is empty or absent. */
static bool number_of(const struct json *value, const char *name, int64_t *ret, struct err *err)
{
	struct slice text = json_str_of(value, name);

	*ret = 0;
	if (text.len == 0 || slice_parse_i64(text, ret))
		return true;
	return err_set(err, ERR_INVALID, "channel: \"%s\" is not a number", name);
}

/* Events that this program does not know are somebody's of a newer one: left out. */
static bool read_events(struct slice text, uint32_t *ret_events, struct err *err)
{
	struct json *list = json_parse(text, NULL, err);
	struct slice name;
	enum notice_event event;

	*ret_events = 0;
	if (!list)
		return err_prefix(err, "channel: \"events\"");
	for (const struct json *v = json_first(list); v; v = json_next(v))
		if (json_str(v, &name) && notice_event_parse(name, &event))
			*ret_events |= 1u << event;
	json_free(list);
	return true;
}

bool notice_channel_from_json(const struct json *value, struct notice_channel *ret_channel, struct err *err)
{
	struct notice_channel channel = {
		.name = json_str_of(value, "name"),
		.tag = json_str_of(value, "tag"),
		.shown = json_str_of(value, "shown"),
		.chat_id = json_str_of(value, "chat_id"),
		.last_error = json_str_of(value, "last_error"),
		.url = json_str_of(value, "url"),
		.bot_token = json_str_of(value, "bot_token"),
		.secret = json_str_of(value, "secret"),
		.active = slice_eq(json_str_of(value, "active"), SLICE_LIT("1")),
		.language = message_lang_of(json_str_of(value, "language")),
	};
	int64_t id, queued, lost;

	if (!notice_kind_parse(json_str_of(value, "kind"), &channel.kind))
		return err_set(err, ERR_INVALID, "channel: its kind is not known");
	if (!number_of(value, "id", &id, err) || !number_of(value, "user_id", &channel.user_id, err) ||
		!number_of(value, "interval_ms", &channel.interval_ms, err) ||
		!number_of(value, "created_at", &channel.created_at, err) ||
		!number_of(value, "failing_since", &channel.failing_since, err) ||
		!number_of(value, "last_sent_at", &channel.last_sent_at, err) ||
		!number_of(value, "queued", &queued, err) || !number_of(value, "lost", &lost, err))
		return false;
	if (!read_events(json_str_of(value, "events"), &channel.events, err))
		return false;
	if (id <= 0)
		return err_set(err, ERR_INVALID, "channel: it has no id");
	channel.id = (uint64_t)id;
	channel.queued = (uint64_t)queued;
	channel.lost = (uint64_t)lost;
	*ret_channel = channel;
	return true;
}
