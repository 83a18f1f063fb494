/* notice_text.c: see notice_text.h. */
#include "scheduler/notices/notice_text.h"

#include <stdio.h>
#include <time.h>

#include "shared/base/ensure.h"
#include "shared/json/json.h"
#include "shared/model/printable.h"

enum { NAMES_MAX = 10, DAY_MS = 86400000, NUMBER_BYTES = 24 };

static const char *const what_ids[NOTICE_EVENT_COUNT] = {
#define X(name, text, wanted) [NOTICE_##name] = "notice." text,
	NOTICE_EVENTS(X)
#undef X
};

/* --- one event in words
 * -------------------------------------------------------------------------------------- */

/* "14:05 30/11", in the zone of the process (TIMEZONE). */
static void time_text(int64_t epoch_ms, char dst[MESSAGE_TIME_BYTES])
{
	time_t at = (time_t)(epoch_ms / 1000);
	struct tm tm;

	if (!localtime_r(&at, &tm) || strftime(dst, MESSAGE_TIME_BYTES, "%H:%M %d/%m", &tm) == 0)
		snprintf(dst, MESSAGE_TIME_BYTES, "?");
}

/* The sentence of an error; times in it as people's clocks show them. */
static void append_error(struct buf *out, const struct json *error, enum message_lang lang)
{
	const struct json *member = json_member(error, "message_id");
	struct slice id;

	if (!member || !json_str(member, &id))
		return;
	buf_append_str(out, ". ");
	message_format_timed(out, id, lang, json_member(error, "params"), time_text);
}

static struct slice param_text(const struct notice_item *item, const char *name)
{
	const struct json *value = item->params ? json_member(item->params, name) : NULL;
	struct slice text;

	return value && json_str(value, &text) ? text : SLICE_LIT("");
}

/* "27.73.175.36 · Thanh Hóa" */
static void append_new_ip(struct buf *out, const struct notice_item *item)
{
	struct slice ip = param_text(item, "ip"), location = param_text(item, "location");

	if (ip.len == 0)
		return;
	buf_append_str(out, ": ");
	buf_append_slice(out, ip);
	if (location.len > 0) {
		buf_append_str(out, " · ");
		buf_append_slice(out, location);
	}
}

static int64_t days_left(const struct notice_item *item)
{
	const struct json *value = item->params ? json_member(item->params, "paid_until") : NULL;
	int64_t paid_until;

	if (!value || !json_i64(value, &paid_until) || paid_until <= item->at)
		return 0;
	return (paid_until - item->at + DAY_MS - 1) / DAY_MS;
}

static void append_days_left(struct buf *out, const struct notice_item *item, enum message_lang lang)
{
	char days[NUMBER_BYTES];

	snprintf(days, sizeof(days), "%lld", (long long)days_left(item));
	struct message_param param = {"days", slice_from_str(days)};
	buf_append_str(out, " (");
	message_format_with(out, SLICE_LIT("notice.days_left"), lang, &param, 1);
	buf_append_char(out, ')');
}

static void append_name(struct buf *out, const struct notice_item *item)
{
	buf_append_slice(out, item->subdomain);
	if (item->key_name.len > 0 && !slice_eq(item->key_name, item->subdomain)) {
		buf_append_str(out, " (");
		buf_append_slice(out, item->key_name);
		buf_append_char(out, ')');
	}
}

/* "proxy1 (Shop A): lỗi kết nối. Hai lần liên tiếp không truy cập được qua IP này." */
static void append_single(struct buf *out, const struct notice_item *item, enum message_lang lang)
{
	append_name(out, item);
	buf_append_str(out, ": ");
	message_format_with(out, slice_from_str(what_ids[item->event]), lang, NULL, 0);
	if (item->event == NOTICE_KEY_EXPIRING)
		append_days_left(out, item, lang);
	if (item->event == NOTICE_ROTATED)
		append_new_ip(out, item);
	if (item->error)
		append_error(out, item->error, lang);
}

/* --- many
 * ------------------------------------------------------------------------------------------------------ */

/* "proxy1, proxy4 …": as many as fit. */
static void append_names(
	struct buf *out, const struct notice_group *group, enum message_lang lang, size_t max_bytes)
{
	size_t n = 0;

	while (n < group->len && n < NAMES_MAX && (n == 0 || out->len < max_bytes)) {
		if (n > 0)
			buf_append_str(out, ", ");
		buf_append_slice(out, group->items[n].subdomain);
		if (group->event == NOTICE_KEY_EXPIRING)
			append_days_left(out, &group->items[n], lang);
		n++;
	}
	if (n < group->count)
		buf_append_str(out, n > 0 ? " …" : "…");
}

void notice_text_group(
	struct buf *out, const struct notice_group *group, enum message_lang lang, size_t max_bytes)
{
	struct buf line, what;
	char count[NUMBER_BYTES];

	buf_init(&line, 0);
	if (group->count == 1 && group->len == 1) {
		append_single(&line, &group->items[0], lang);
	} else {
		buf_init(&what, 0);
		message_format_with(&what, slice_from_str(what_ids[group->event]), lang, NULL, 0);
		snprintf(count, sizeof(count), "%llu", (unsigned long long)group->count);
		struct message_param params[] = {{"n", slice_from_str(count)}, {"what", buf_slice(&what)}};
		message_format_with(&line, SLICE_LIT("notice.many"), lang, params, ARRAY_LEN(params));
		append_names(&line, group, lang, max_bytes);
		buf_done(&what);
	}
	size_t kept = printable_cut(buf_slice(&line), max_bytes);
	buf_append(out, buf_str(&line), kept);
	if (kept < line.len)
		buf_append_str(out, "…");
	buf_done(&line);
}

void notice_text_test(struct buf *out, struct slice channel_name, enum message_lang lang)
{
	struct message_param param = {"channel", channel_name};

	message_format_with(out, SLICE_LIT("notice.test"), lang, &param, 1);
}
