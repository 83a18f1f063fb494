/*
 * notice_message.c: see notice_message.h. Names are users' texts: whatever they hold, a receiver shows it and
 * does nothing else with it.
 */
#include "scheduler/notices/notice_message.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/notices/notice_text.h"
#include "shared/base/ensure.h"
#include "shared/crypto/seal.h"
#include "shared/crypto/webhook_sign.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/iso8601.h"

/* --- escaping
 * -------------------------------------------------------------------------------------------------- */

/* Before what would name somebody: an @ with a word joiner behind it is an @ and calls nobody. */
#define WORD_JOINER "\xe2\x81\xa0"

static const char *html_entity(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	default: return NULL;
	}
}

void notice_escape(struct buf *out, enum notice_kind kind, struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		const char *entity = kind == NOTICE_KIND_DISCORD ? NULL : html_entity(c);

		if (kind == NOTICE_KIND_WEBHOOK) {
			buf_append_char(out, c);
			continue;
		}
		if (entity) {
			buf_append_str(out, entity);
			continue;
		}
		if (kind == NOTICE_KIND_DISCORD && strchr("\\`*_~|<>[]()#:-+", c))
			buf_append_char(out, '\\');
		buf_append_char(out, c);
		if (c == '@')
			buf_append_str(out, WORD_JOINER);
	}
}

/* --- texts
 * ----------------------------------------------------------------------------------------------------- */

struct markup {
	const char *bold_begin, *bold_end;
	size_t text_bytes; /* of all lines, before escaping: half of what the receiver takes */
};

static const struct markup markups[NOTICE_KIND_COUNT] = {
	[NOTICE_KIND_WEBHOOK] = {"", "", 8000},
	[NOTICE_KIND_TELEGRAM] = {"<b>", "</b>", 3000}, /* 4096 characters after its marks are read */
	[NOTICE_KIND_DISCORD] = {"**", "**", 900},      /* 2000 characters, backslashes included */
	[NOTICE_KIND_SLACK] = {"", "", 3000},
};

static void append_line(
	struct buf *out, const struct notice_channel *channel, const struct notice_batch *batch, size_t group)
{
	struct buf line;

	buf_init(&line, 0);
	if (batch->group_count == 0)
		notice_text_test(&line, channel->name, channel->language);
	else
		notice_text_group(&line, &batch->groups[group], channel->language,
			markups[channel->kind].text_bytes / batch->group_count);
	notice_escape(out, channel->kind, buf_slice(&line));
	buf_done(&line);
}

static void write_text(struct buf *out, const struct notice_channel *channel,
	const struct notice_batch *batch, const struct notice_scene *scene)
{
	const struct markup *markup = &markups[channel->kind];

	buf_append_str(out, markup->bold_begin);
	notice_escape(out, channel->kind, slice_from_str(scene->domain ? scene->domain : "KiotProxy"));
	buf_append_str(out, markup->bold_end);
	for (size_t i = 0; i < batch->group_count || i == 0; i++) {
		buf_append_char(out, '\n');
		append_line(out, channel, batch, i);
	}
}

/* --- a webhook
 * ------------------------------------------------------------------------------------------------- */

/* The values of a parsed object again, as a receiver's program reads them. */
static void put_value(struct json_writer *w, const struct json *value)
{
	struct slice text;
	int64_t number;
	bool flag;

	if (json_str(value, &text))
		json_text(w, text);
	else if (json_i64(value, &number))
		json_int(w, number);
	else if (json_bool(value, &flag))
		json_boolean(w, flag);
	else
		json_null(w);
}

static void put_object(struct json_writer *w, const char *name, const struct json *object)
{
	json_key(w, name);
	json_object_begin(w);
	for (const struct json *v = object ? json_first(object) : NULL; v; v = json_next(v)) {
		json_key_slice(w, json_name(v));
		put_value(w, v);
	}
	json_object_end(w);
}

static void put_time(struct json_writer *w, const char *name, int64_t at)
{
	char text[ISO8601_TEXT_BYTES];

	iso8601_text(at, text);
	json_put_cstr(w, name, text);
}

static void write_item(struct json_writer *w, const struct notice_item *item)
{
	const struct json *id = item->error ? json_member(item->error, "message_id") : NULL;
	struct slice text;

	json_object_begin(w);
	json_put_uint(w, "id", item->proxy_id);
	json_put_str(w, "subdomain", item->subdomain);
	json_put_str(w, "key_name", item->key_name);
	put_time(w, "at", item->at);
	if (id && json_str(id, &text))
		json_put_str(w, "message_id", text);
	else
		json_put_null(w, "message_id");
	put_object(w, "params", item->error ? json_member(item->error, "params") : item->params);
	json_object_end(w);
}

static void write_group(
	struct json_writer *w, const struct notice_channel *channel, const struct notice_group *group)
{
	struct buf line;

	buf_init(&line, 0);
	notice_text_group(&line, group, channel->language, markups[NOTICE_KIND_WEBHOOK].text_bytes);
	json_object_begin(w);
	json_put_cstr(w, "event", notice_event_text(group->event));
	json_put_uint(w, "count", group->count);
	json_put_str(w, "text", buf_slice(&line));
	json_key(w, "proxies");
	json_array_begin(w);
	for (size_t i = 0; i < group->len; i++)
		write_item(w, &group->items[i]);
	json_array_end(w);
	json_object_end(w);
	buf_done(&line);
}

static void write_webhook(struct json_writer *w, const struct notice_channel *channel,
	const struct notice_batch *batch, const struct notice_scene *scene)
{
	struct buf text;

	buf_init(&text, 0);
	write_text(&text, channel, batch, scene);
	json_object_begin(w);
	json_put_cstr(w, "type", batch->group_count > 0 ? "notice" : "test");
	put_time(w, "timestamp", batch->group_count > 0 ? batch->at : scene->now_ms);
	json_key(w, "data");
	json_object_begin(w);
	json_put_cstr(w, "domain", scene->domain);
	json_put_cstr(w, "language", notice_language_text(channel->language));
	json_put_str(w, "text", buf_slice(&text));
	json_key(w, "events");
	json_array_begin(w);
	for (size_t i = 0; i < batch->group_count; i++)
		write_group(w, channel, &batch->groups[i]);
	json_array_end(w);
	json_object_end(w);
	json_object_end(w);
	buf_done(&text);
}

static bool sign(const struct notice_batch *batch, const struct notice_scene *scene,
	struct notice_message *message, struct err *err)
{
	char signature[WEBHOOK_SIGNATURE_BYTES];
	struct slice id = batch->id.len > 0 ? batch->id : slice_from_str(scene->test_id);
	int64_t now_s = scene->now_ms / 1000;

	if (!webhook_sign(scene->secret, id, now_s, buf_slice(&message->body), signature))
		return err_set(err, ERR_INTERNAL, "the channel's secret cannot be used");
	snprintf(message->headers[0], NOTICE_HEADER_BYTES, "Webhook-Id: %.*s", SLICE_ARG(id));
	snprintf(message->headers[1], NOTICE_HEADER_BYTES, "Webhook-Timestamp: %" PRId64, now_s);
	snprintf(message->headers[2], NOTICE_HEADER_BYTES, "Webhook-Signature: %s", signature);
	return true;
}

/* --- the four kinds
 * ------------------------------------------------------------------------------------------- */

static void write_chat(struct json_writer *w, const struct notice_channel *channel, struct slice text)
{
	json_object_begin(w);
	if (channel->kind == NOTICE_KIND_TELEGRAM) {
		json_put_str(w, "chat_id", channel->chat_id);
		json_put_str(w, "text", text);
		json_put_cstr(w, "parse_mode", "HTML");
		json_put_bool(w, "disable_web_page_preview", true);
	} else if (channel->kind == NOTICE_KIND_DISCORD) {
		json_put_str(w, "content", text);
		json_put_raw(w, "allowed_mentions", SLICE_LIT("{\"parse\":[]}"));
		json_put_uint(w, "flags", 4); /* no previews of links */
	} else {
		json_put_str(w, "text", text);
		json_put_bool(w, "mrkdwn", false); /* its marks cannot be escaped */
		json_put_bool(w, "unfurl_links", false);
	}
	json_object_end(w);
}

bool notice_message_make(const struct notice_channel *channel, const struct notice_batch *batch,
	const struct notice_scene *scene, struct notice_message *ret_message, struct err *err)
{
	struct json_writer w;
	struct buf text;

	*ret_message = (struct notice_message){0};
	buf_init(&ret_message->url, 0);
	buf_init(&ret_message->body, 0);
	json_writer_init(&w, &ret_message->body);
	if (channel->kind == NOTICE_KIND_WEBHOOK) {
		write_webhook(&w, channel, batch, scene);
	} else {
		buf_init(&text, 0);
		write_text(&text, channel, batch, scene);
		write_chat(&w, channel, buf_slice(&text));
		buf_done(&text);
	}
	if (channel->kind == NOTICE_KIND_TELEGRAM)
		buf_printf(&ret_message->url, "%s/bot%.*s/sendMessage", scene->telegram_base,
			SLICE_ARG(scene->bot_token));
	else
		buf_append_slice(&ret_message->url, scene->url);
	if (scene->url.len == 0 && scene->bot_token.len == 0)
		return err_set(err, ERR_INTERNAL, "the channel has no address");
	return channel->kind != NOTICE_KIND_WEBHOOK || sign(batch, scene, ret_message, err);
}

void notice_message_done(struct notice_message *message)
{
	secret_wipe(&message->url);
	buf_done(&message->url);
	buf_done(&message->body);
}
