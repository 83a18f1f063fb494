/* test_notice_message.c: batches in words and as requests, in both languages, for each kind; hostile names.
 */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "scheduler/notices/notice_message.h"
#include "scheduler/notices/notice_text.h"
#include "shared/json/json.h"

#define EVENT(event, id, name, key_name, error)                                            \
	"{\"from\":\"active\",\"event\":\"" event "\",\"id\":" id ",\"subdomain\":\"" name \
	"\",\"key_name\":\"" key_name "\",\"at\":1764298800000,\"error\":" error ",\"params\":{}}"
#define BATCH(events, more) \
	"{\"id\":\"msg_1_1\",\"at\":1764298800000,\"events\":[" events "],\"more\":{" more "}}"
#define UNHEALTHY "{\"class\":\"UNHEALTHY\",\"message_id\":\"err.unhealthy\",\"params\":{},\"at\":1}"

static struct notice_batch batch_of(const char *text)
{
	struct notice_batch batch;
	struct err err;

	if (!notice_batch_parse(slice_from_str(text), &batch, &err))
		fail_msg("%s", err.msg);
	return batch;
}

static void assert_line(
	const char *text, size_t group, enum message_lang lang, size_t max, const char *expected)
{
	struct notice_batch batch = batch_of(text);
	struct buf out;

	buf_init(&out, 0);
	assert_true(group < batch.group_count);
	notice_text_group(&out, &batch.groups[group], lang, max);
	assert_string_equal(buf_str(&out), expected);
	buf_done(&out);
	notice_batch_done(&batch);
}

static void one_event(void **state)
{
	const char *one = BATCH(EVENT("unhealthy", "1", "proxy1", "Shop A", UNHEALTHY), "");

	(void)state;
	assert_line(one, 0, MESSAGE_VIETNAMESE, 1000,
		"proxy1 (Shop A): lỗi kết nối. Hai lần liên tiếp không truy cập được qua IP này.");
	assert_line(one, 0, MESSAGE_ENGLISH, 1000,
		"proxy1 (Shop A): unhealthy. No answer through this IP, twice in a row.");
	assert_line(BATCH(EVENT("recovered", "1", "proxy1", "proxy1", "null"), ""), 0, MESSAGE_VIETNAMESE,
		1000, "proxy1: đã hoạt động lại");
}

static void many_of_one_kind(void **state)
{
	const char *many = BATCH(EVENT("unhealthy", "1", "proxy1", "a", "null") "," EVENT(
					 "unhealthy", "4", "proxy4", "b", "null"),
		"\"unhealthy\":35");

	(void)state;
	assert_line(many, 0, MESSAGE_VIETNAMESE, 1000, "37 proxy lỗi kết nối: proxy1, proxy4 …");
	assert_line(many, 0, MESSAGE_ENGLISH, 1000, "37 proxies unhealthy: proxy1, proxy4 …");
	assert_line(BATCH("", "\"rotated\":600"), 0, MESSAGE_ENGLISH, 1000, "600 proxies rotated: …");
	assert_line(BATCH(EVENT("same_ip", "1", "proxy1", "a", "null") "," EVENT(
				  "same_ip", "2", "proxy2", "b", "null"),
			    ""),
		0, MESSAGE_VIETNAMESE, 1000, "2 proxy vẫn IP cũ: proxy1, proxy2");
}

static void keys_that_end(void **state)
{
	const char *text =
		"{\"id\":\"msg_1_2\",\"at\":1,\"events\":[{\"event\":\"key_expiring\",\"id\":3,\"subdomain\":\"proxy3\","
		"\"key_name\":\"x\",\"at\":1764298800000,\"error\":null,\"params\":{\"paid_until\":1764550800000}}]}";

	(void)state;
	assert_line(text, 0, MESSAGE_VIETNAMESE, 1000, "proxy3 (x): key sắp hết hạn (còn 3 ngày)");
	assert_line(text, 0, MESSAGE_ENGLISH, 1000, "proxy3 (x): key about to end (3 d left)");
}

static void times_are_told_as_clocks_show_them(void **state)
{
	const char *text = BATCH(
		EVENT("rotation_failed", "1", "proxy1", "a",
			"{\"message_id\":\"err.rate_limited\",\"params\":{\"time\":1764298800000,\"s\":5}}"),
		"");

	(void)state;
	setenv("TZ", "<+07>-7", 1);
	tzset();
	assert_line(text, 0, MESSAGE_VIETNAMESE, 1000,
		"proxy1 (a): không đổi được IP. KiotProxy đang giới hạn số lần gọi. Tự thử lại lúc 10:00 28/11.");
}

static void amounts_are_told_in_words(void **state)
{
	(void)state;
	assert_line(
		BATCH(EVENT("quota_reached", "1", "proxy1", "a",
			      "{\"message_id\":\"err.quota\",\"params\":{\"used\":5000000000,\"limit\":5000000000}}"),
			""),
		0, MESSAGE_VIETNAMESE, 1000,
		"proxy1 (a): hết hạn mức. Đã dùng hết hạn mức tháng (5 GB/5 GB).");
}

static void groups_in_the_order_of_their_weight(void **state)
{
	struct notice_batch batch =
		batch_of(BATCH(EVENT("recovered", "1", "p1", "", "null") "," EVENT("unhealthy", "2", "p2", "",
				       "null") "," EVENT("of_tomorrow", "3", "p3", "", "null"),
			""));

	(void)state;
	assert_int_equal(batch.group_count, 2);
	assert_int_equal(batch.groups[0].event, NOTICE_UNHEALTHY);
	assert_int_equal(batch.groups[1].event, NOTICE_RECOVERED);
	assert_int_equal(batch.total, 2);
	notice_batch_done(&batch);
}

static void long_texts_are_cut_between_characters(void **state)
{
	(void)state;
	assert_line(BATCH(EVENT("unhealthy", "1", "proxy1", "Đường Điện Biên", "null"), ""), 0,
		MESSAGE_VIETNAMESE, 9, "proxy1 (…");
}

static void what_is_no_batch(void **state)
{
	static const char *const texts[] = {"", "[1]", "{\"id\":1}", "{\"id\":\"m\",\"at\":1}",
		"{\"id\":\"m\",\"at\":1,\"events\":[{}]}", "{\"id\":\"m\",\"at\":1,\"events\":[7]}"};
	struct notice_batch batch;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_false(notice_batch_parse(slice_from_str(texts[i]), &batch, NULL));
}

static void escapes(void **state)
{
	static const struct {
		enum notice_kind kind;
		const char *plain, *escaped;
	} cases[] = {
		{NOTICE_KIND_TELEGRAM, "<a href=\"x\">&@admin",
			"&lt;a href=\"x\"&gt;&amp;@\xe2\x81\xa0"
			"admin"},
		{NOTICE_KIND_DISCORD, "@everyone **x** [a](b) <@1>",
			"@\xe2\x81\xa0"
			"everyone \\*\\*x\\*\\* \\[a\\]\\(b\\) \\<@\xe2\x81\xa0"
			"1\\>"},
		{NOTICE_KIND_SLACK, "<!channel> & @here",
			"&lt;!channel&gt; &amp; @\xe2\x81\xa0"
			"here"},
		{NOTICE_KIND_WEBHOOK, "<b>&@", "<b>&@"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf out;

		buf_init(&out, 0);
		notice_escape(&out, cases[i].kind, slice_from_str(cases[i].plain));
		assert_string_equal(buf_str(&out), cases[i].escaped);
		buf_done(&out);
	}
}

static const struct notice_scene scene = {
	.domain = "example.com",
	.telegram_base = "https://api.telegram.org",
	.now_ms = 1764298805000,
	.test_id = "notify-1-9",
	.url = {"https://hooks.example.com/x", 27},
	.bot_token = {"1:AA", 4},
	.secret = {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 38},
};

static void assert_request(enum notice_kind kind, const char *text, const char *url, const char *body)
{
	struct notice_channel channel = {.id = 1,
		.kind = kind,
		.language = MESSAGE_VIETNAMESE,
		.name = SLICE_LIT("Ops"),
		.chat_id = SLICE_LIT("-100")};
	struct notice_batch batch = batch_of(text);
	struct notice_message message;

	assert_true(notice_message_make(&channel, &batch, &scene, &message, NULL));
	assert_string_equal(buf_str(&message.url), url);
	assert_string_equal(buf_str(&message.body), body);
	assert_int_equal(message.headers[0][0] != '\0', kind == NOTICE_KIND_WEBHOOK);
	notice_message_done(&message);
	notice_batch_done(&batch);
}

static void requests(void **state)
{
	const char *text = BATCH(EVENT("unhealthy", "1", "proxy1", "<b>@x", UNHEALTHY), "");

	(void)state;
	assert_request(NOTICE_KIND_TELEGRAM, text, "https://api.telegram.org/bot1:AA/sendMessage",
		"{\"chat_id\":\"-100\",\"text\":\"<b>example.com</b>\\nproxy1 (&lt;b&gt;@\xe2\x81\xa0x): lỗi kết nối. "
		"Hai lần liên tiếp không truy cập được qua IP này.\",\"parse_mode\":\"HTML\","
		"\"disable_web_page_preview\":true}");
	assert_request(NOTICE_KIND_DISCORD, BATCH(EVENT("recovered", "1", "proxy1", "", "null"), ""),
		"https://hooks.example.com/x",
		"{\"content\":\"**example.com**\\nproxy1\\\\: đã hoạt động lại\","
		"\"allowed_mentions\":{\"parse\":[]},\"flags\":4}");
	assert_request(NOTICE_KIND_SLACK, "{}", "https://hooks.example.com/x",
		"{\"text\":\"example.com\\nTin thử của kênh Ops: thông báo sẽ đến đây.\",\"mrkdwn\":false,"
		"\"unfurl_links\":false}");
	assert_request(NOTICE_KIND_WEBHOOK, text, "https://hooks.example.com/x",
		"{\"type\":\"notice\",\"timestamp\":\"2025-11-28T03:00:00.000Z\",\"data\":{\"domain\":\"example.com\","
		"\"language\":\"vi\",\"text\":\"example.com\\nproxy1 (<b>@x): lỗi kết nối. Hai lần liên tiếp không truy "
		"cập được qua IP này.\",\"events\":[{\"event\":\"unhealthy\",\"count\":1,\"text\":\"proxy1 (<b>@x): lỗi "
		"kết nối. Hai lần liên tiếp không truy cập được qua IP này.\",\"proxies\":[{\"id\":1,\"subdomain\":"
		"\"proxy1\",\"key_name\":\"<b>@x\",\"at\":\"2025-11-28T03:00:00.000Z\",\"message_id\":\"err.unhealthy\","
		"\"params\":{}}]}]}}");
}

/* The receivers' limits, with as much as can come at once, every character needing an escape. */
static void the_longest_message_fits(void **state)
{
	struct buf text;
	enum { TELEGRAM_CHARS = 4096, DISCORD_CHARS = 2000 };

	(void)state;
	buf_init(&text, 0);
	buf_append_str(&text, "{\"id\":\"msg_1_1\",\"at\":1,\"events\":[");
	for (int event = 0; event < NOTICE_EVENT_COUNT; event++)
		for (int i = 0; i < 20; i++)
			buf_printf(&text,
				"%s{\"event\":\"%s\",\"id\":1,\"subdomain\":\"a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-"
				"s-t-u-v-w-x-y-z-0-1-2-3-4\",\"key_name\":\"***\",\"at\":1,\"error\":null,\"params\":{}}",
				event + i ? "," : "", notice_event_text((enum notice_event)event));
	buf_append_str(&text, "]}");
	for (int kind = 0; kind < NOTICE_KIND_COUNT; kind++) {
		struct notice_channel channel = {.kind = (enum notice_kind)kind, .chat_id = SLICE_LIT("1")};
		struct notice_batch batch = batch_of(buf_str(&text));
		struct notice_message message;
		struct slice value = SLICE_NONE;

		assert_true(notice_message_make(&channel, &batch, &scene, &message, NULL));
		struct json *json = json_parse(buf_slice(&message.body), NULL, NULL);
		assert_non_null(json);
		if (kind == NOTICE_KIND_TELEGRAM)
			assert_true(json_get_str(json, "text", &value, NULL) && value.len < TELEGRAM_CHARS);
		if (kind == NOTICE_KIND_DISCORD)
			assert_true(json_get_str(json, "content", &value, NULL) && value.len < DISCORD_CHARS);
		json_free(json);
		notice_message_done(&message);
		notice_batch_done(&batch);
	}
	buf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_event),
		cmocka_unit_test(many_of_one_kind),
		cmocka_unit_test(keys_that_end),
		cmocka_unit_test(times_are_told_as_clocks_show_them),
		cmocka_unit_test(amounts_are_told_in_words),
		cmocka_unit_test(groups_in_the_order_of_their_weight),
		cmocka_unit_test(long_texts_are_cut_between_characters),
		cmocka_unit_test(what_is_no_batch),
		cmocka_unit_test(escapes),
		cmocka_unit_test(requests),
		cmocka_unit_test(the_longest_message_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
