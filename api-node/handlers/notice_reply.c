/* notice_reply.c: see notice_reply.h. */
#include "api-node/handlers/notice_reply.h"

#include "api-node/handlers/proxy_reply.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/iso8601.h"
#include "shared/model/messages.h"
#include "shared/store/store_result.h"

static void put_text_or_null(struct json_writer *w, const char *name, struct slice text)
{
	if (text.len > 0)
		json_put_str(w, name, text);
	else
		json_put_null(w, name);
}

static void put_events(struct json_writer *w, uint32_t events)
{
	json_key(w, "events");
	json_array_begin(w);
	for (int i = 0; i < NOTICE_EVENT_COUNT; i++)
		if (events & 1u << i)
			json_text(w, slice_from_str(notice_event_text((enum notice_event)i)));
	json_array_end(w);
}

static int64_t number_of(const struct json *object, const char *name)
{
	const struct json *value = json_member(object, name);
	int64_t number;

	return value && json_i64(value, &number) ? number : 0;
}

static void put_last_error(struct json_writer *w, struct slice stored)
{
	struct json *error = stored.len > 0 ? json_parse(stored, NULL, NULL) : NULL;
	const struct json *params = error ? json_member(error, "params") : NULL;
	struct buf detail;

	json_key(w, "last_error");
	if (!error || !params) {
		json_null(w);
		json_free(error);
		return;
	}
	buf_init(&detail, 0);
	message_format(&detail, json_str_of(error, "message_id"), MESSAGE_ENGLISH, params);
	json_object_begin(w);
	json_put_str(w, "message_id", json_str_of(error, "message_id"));
	json_key(w, "params");
	json_object_begin(w);
	json_put_str(w, "channel", json_str_of(params, "channel"));
	json_put_str(w, "cause", json_str_of(params, "cause"));
	json_put_int(w, "status", number_of(params, "status"));
	json_object_end(w);
	json_put_str(w, "detail", buf_slice(&detail));
	iso8601_put(w, "at", number_of(error, "at"));
	iso8601_put(w, "retry_at", number_of(error, "retry_at"));
	json_object_end(w);
	buf_done(&detail);
	json_free(error);
}

void notice_channel_write(struct json_writer *w, const struct notice_channel *channel, struct slice secret)
{
	json_object_begin(w);
	json_put_uint(w, "id", channel->id);
	json_put_str(w, "name", channel->name);
	json_put_cstr(w, "kind", notice_kind_text(channel->kind));
	json_put_str(w, "target", channel->shown);
	if (channel->kind == NOTICE_KIND_TELEGRAM)
		json_put_str(w, "chat_id", channel->chat_id);
	json_put_cstr(w, "language", notice_language_text(channel->language));
	put_events(w, channel->events);
	json_put_bool(w, "active", channel->active);
	put_text_or_null(w, "tag", channel->tag);
	if (channel->user_id > 0)
		json_put_int(w, "user_id", channel->user_id);
	else
		json_put_null(w, "user_id");
	json_put_int(w, "min_interval_seconds", channel->interval_ms / 1000);
	iso8601_put(w, "created_at", channel->created_at);
	iso8601_put(w, "last_sent_at", channel->last_sent_at);
	json_put_uint(w, "queued", channel->queued);
	json_put_uint(w, "lost", channel->lost);
	iso8601_put(w, "failing_since", channel->failing_since);
	put_last_error(w, channel->last_error);
	if (secret.len > 0)
		json_put_str(w, "secret", secret);
	json_object_end(w);
}

bool notice_delivery_write(struct json_writer *w, struct slice stored)
{
	struct json *entry = json_parse(stored, NULL, NULL);
	const struct json *test = entry ? json_member(entry, "test") : NULL;
	bool is_test = false;

	if (!entry || json_kind(entry) != JSON_OBJECT || (test && !json_bool(test, &is_test))) {
		json_free(entry);
		return false;
	}
	json_object_begin(w);
	json_put_str(w, "id", json_str_of(entry, "id"));
	json_put_int(w, "channel_id", number_of(entry, "channel_id"));
	json_put_str(w, "channel", json_str_of(entry, "channel"));
	json_put_str(w, "kind", json_str_of(entry, "kind"));
	put_text_or_null(w, "message", json_str_of(entry, "message"));
	json_put_str(w, "outcome", json_str_of(entry, "outcome"));
	json_put_bool(w, "test", is_test);
	json_put_int(w, "events", number_of(entry, "events"));
	json_put_int(w, "try", number_of(entry, "try"));
	json_put_int(w, "status", number_of(entry, "http_status"));
	json_put_str(w, "cause", json_str_of(entry, "cause"));
	json_put_str(w, "answer", json_str_of(entry, "answer"));
	json_put_int(w, "latency_ms", number_of(entry, "latency_ms"));
	iso8601_put(w, "timestamp", number_of(entry, "timestamp"));
	json_object_end(w);
	json_free(entry);
	return true;
}

void notice_refusal_reply(struct request *req, const struct store_result *result)
{
	if (result->status == STORE_NOT_FOUND)
		reply_problem(req, 404, "err.not_found", NULL, "There is no such channel.");
	else if (result->status == STORE_LIMIT)
		reply_problem(req, 409, "err.limit", "{\"max\":50}", NULL);
	else
		store_refusal_reply(req, result);
}
