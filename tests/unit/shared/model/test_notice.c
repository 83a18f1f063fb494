/* test_notice.c: channels as the store keeps them; where notices may go, and how that is shown. */
#include "tests/unit/shared/model/unit.h"

#include <stdio.h>

#include "shared/json/json.h"
#include "shared/model/notice.h"

static void a_channel_of_texts(void **state)
{
	struct json *json = json_parse(
		s("{\"id\":\"7\",\"name\":\"Ops\",\"kind\":\"telegram\",\"language\":\"vi\",\"events\":"
		  "\"[\\\"unhealthy\\\",\\\"of_tomorrow\\\",\\\"rotated\\\"]\",\"active\":\"1\","
		  "\"interval_ms\":\"60000\",\"chat_id\":\"-100\",\"lost\":\"\",\"queued\":\"3\","
		  "\"failing_since\":\"1700000000000\"}"),
		NULL, NULL);
	struct notice_channel channel;

	(void)state;
	assert_true(notice_channel_from_json(json, &channel, NULL));
	assert_int_equal(channel.id, 7);
	assert_int_equal(channel.kind, NOTICE_KIND_TELEGRAM);
	assert_int_equal(channel.language, MESSAGE_VIETNAMESE);
	assert_int_equal(channel.events, 1u << NOTICE_UNHEALTHY | 1u << NOTICE_ROTATED);
	assert_true(channel.active);
	assert_int_equal(channel.queued, 3);
	assert_true(channel.failing_since == 1700000000000);
	assert_int_equal(channel.last_sent_at, 0);
	json_free(json);
}

static void what_is_no_channel(void **state)
{
	static const char *const texts[] = {"{}", "[]", "{\"kind\":\"fax\"}",
		"{\"kind\":\"slack\",\"id\":\"x\",\"events\":\"[]\"}",
		"{\"kind\":\"slack\",\"id\":\"0\",\"events\":\"[]\"}",
		"{\"kind\":\"slack\",\"id\":\"1\",\"events\":\"{\"}"};
	struct notice_channel channel;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct json *json = json_parse(s(texts[i]), NULL, NULL);

		assert_false(notice_channel_from_json(json, &channel, NULL));
		json_free(json);
	}
}

static void tables(void **state)
{
	(void)state;
	assert_string_equal(notice_kinds_wanted(), "webhook, telegram, discord, slack");
	assert_true(notice_events_default() & 1u << NOTICE_UNHEALTHY);
	assert_false(notice_events_default() & 1u << NOTICE_ROTATED);
	for (int i = 0; i < NOTICE_EVENT_COUNT; i++) {
		char id[64];

		snprintf(id, sizeof(id), "notice.%s", notice_event_text((enum notice_event)i));
		assert_true(message_known(s(id)));
	}
}

static void addresses(void **state)
{
	static const struct {
		const char *url;
		const char *as_public, *as_any;
	} cases[] = {
		{"https://hooks.example.com/x", NULL, NULL},
		{"https://8.8.8.8/x", NULL, NULL},
		{"https://example.com:8443/x?token=1", NULL, NULL},
		{"http://example.com/x", "err.notice_http", NULL},
		{"http://10.0.0.5:5678/webhook", "err.notice_http", NULL},
		{"https://10.0.0.5/x", "err.notice_private", NULL},
		{"https://127.0.0.1/x", "err.notice_private", NULL},
		{"https://127.0.0.1./x", "err.notice_private", NULL},
		{"https://127.1/x", "err.notice_private", NULL},
		{"https://0x7f000001/x", "err.notice_private", NULL},
		{"https://2130706433/x", "err.notice_private", NULL},
		{"https://[::1]:443/x", "err.notice_private", NULL},
		{"https://[::ffff:10.0.0.1]/x", "err.notice_private", NULL},
		{"https://169.254.169.254/latest", "err.notice_link_local", "err.notice_link_local"},
		{"http://[fe80::1]:80/", "err.notice_link_local", "err.notice_link_local"},
		{"https://[64:ff9b::a9fe:a9fe]/", "err.notice_link_local", "err.notice_link_local"},
		{"https://localhost/x", "err.notice_private", NULL},
		{"https://a.LocalHost./x", "err.notice_private", NULL},
		{"https://example.com@10.0.0.1/x", "err.notice_private", NULL},
		{"https://8.8.8.8#@127.0.0.1/", NULL, NULL},
		{"https://127.0.0.1?@example.com/", "err.notice_private", NULL},
		{"ftp://example.com/", "err.notice_url", "err.notice_url"},
		{"https://", "err.notice_url", "err.notice_url"},
		{"https:///x", "err.notice_url", "err.notice_url"},
		{"https://[::1/x", "err.notice_url", "err.notice_url"},
		{"https://exa mple.com/", "err.notice_url", "err.notice_url"},
		{"https://example.com\\@127.0.0.1/", "err.notice_url", "err.notice_url"},
		{"https://ex\xc3\xa4mple.com/", "err.notice_url", "err.notice_url"},
		{"", "err.notice_url", "err.notice_url"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *strict = notice_url_refusal(s(cases[i].url), NOTICE_ADDRESS_PUBLIC);
		const char *lax = notice_url_refusal(s(cases[i].url), NOTICE_ADDRESS_ANY);

		assert_string_equal(strict ? strict : "", cases[i].as_public ? cases[i].as_public : "");
		assert_string_equal(lax ? lax : "", cases[i].as_any ? cases[i].as_any : "");
	}
}

static void shown(void **state)
{
	char text[NOTICE_SHOWN_BYTES];

	(void)state;
	notice_url_shown(s("https://hooks.slack.com/services/T000/B000/XXXXXXXXx7Qa"), text);
	assert_string_equal(text, "https://hooks.slack.com/…x7Qa");
	notice_url_shown(s("https://user:secret@example.com/x"), text);
	assert_null(strstr(text, "secret"));
	notice_url_shown(s("http://10.0.0.5:5678/x"), text);
	assert_string_equal(text, "http://10.0.0.5:5678/…");
	notice_bot_token_shown(s("12345:AAbb-cc_DD"), text);
	assert_string_equal(text, "12345:…");
}

static void telegrams_names(void **state)
{
	(void)state;
	assert_true(notice_bot_token_ok(s("12345:AAbb-cc_DD")));
	assert_false(notice_bot_token_ok(s("12345")));
	assert_false(notice_bot_token_ok(s("12345:")));
	assert_false(notice_bot_token_ok(s("x12345:AA")));
	assert_false(notice_bot_token_ok(s("12345:AA/../x")));
	assert_true(notice_chat_id_ok(s("-1001234567890")));
	assert_true(notice_chat_id_ok(s("42")));
	assert_true(notice_chat_id_ok(s("@my_channel")));
	assert_false(notice_chat_id_ok(s("@")));
	assert_false(notice_chat_id_ok(s("-")));
	assert_false(notice_chat_id_ok(s("my channel")));
	assert_false(notice_chat_id_ok(s("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_channel_of_texts),
		cmocka_unit_test(what_is_no_channel),
		cmocka_unit_test(tables),
		cmocka_unit_test(addresses),
		cmocka_unit_test(shown),
		cmocka_unit_test(telegrams_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
