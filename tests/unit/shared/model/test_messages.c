/* test_messages.c: sentences and their places; both languages complete. */
#include "tests/unit/shared/model/unit.h"

#include "shared/json/json.h"
#include "shared/model/messages.h"

static void assert_sentence(const char *id, enum message_lang lang, const char *params, const char *expected)
{
	struct json *json = params ? json_parse(s(params), NULL, NULL) : NULL;
	struct buf out;

	assert_true(!params || json);
	buf_init(&out, 0);
	message_format(&out, s(id), lang, json);
	assert_string_equal(buf_str(&out), expected);
	buf_done(&out);
	json_free(json);
}

static void sentences(void **state)
{
	(void)state;
	assert_sentence("err.paused", MESSAGE_ENGLISH, NULL, "This proxy is paused.");
	assert_sentence("err.cooldown", MESSAGE_VIETNAMESE, "{\"s\":45}",
		"KiotProxy cho đổi IP sau 45 giây nữa. Bấm Hẹn đổi IP để tự đổi đúng lúc.");
	assert_sentence("err.same_ip", MESSAGE_ENGLISH, "{\"ip\":\"1.2.3.4\",\"s\":\"59\"}",
		"KiotProxy gave the same IP again (1.2.3.4). Next try in 59 s.");
	assert_sentence("err.port_range", MESSAGE_ENGLISH, "{\"a\":9000,\"b\":9999,\"p\":8080}",
		"No port left in 9000–9999; use user and password on port 8080.");
	assert_sentence("err.rate_limited", MESSAGE_ENGLISH, "{\"time\":1718029591927}",
		"KiotProxy limits our calls. Trying again at 2024-06-10T14:26:31.927Z.");
	assert_sentence("err.quota", MESSAGE_ENGLISH, "{\"used\":1234567,\"limit\":1200000}",
		"The month's limit is used up (1.2 MB of 1.2 MB).");
	assert_sentence("err.quota", MESSAGE_VIETNAMESE, "{\"used\":5100000000,\"limit\":5000000000}",
		"Đã dùng hết hạn mức tháng (5,1 GB/5 GB).");
	assert_sentence("err.rate_limited", MESSAGE_ENGLISH, "{\"time\":\"14:05\"}",
		"KiotProxy limits our calls. Trying again at 14:05.");
	assert_sentence("err.no_stock", MESSAGE_VIETNAMESE, "{\"region\":\"trung\",\"s\":60}",
		"KiotProxy tạm hết IP ở Miền Trung. Tự thử lại sau 60 giây; có thể chọn khu vực khác.");
	assert_sentence("err.no_stock", MESSAGE_ENGLISH, "{\"region\":\"elsewhere\",\"s\":60}",
		"KiotProxy is out of IPs in elsewhere. Trying again in 60 s; another region may work now.");
}

static void vendors(void **state)
{
	(void)state;
	assert_sentence("err.key_invalid", MESSAGE_ENGLISH, "{\"provider\":\"kiotproxy\"}",
		"KiotProxy does not know this key. Check it, or replace it.");
	assert_sentence("err.key_invalid", MESSAGE_ENGLISH, "{\"provider\":\"\"}",
		"KiotProxy does not know this key. Check it, or replace it.");
	assert_sentence("err.key_expired", MESSAGE_VIETNAMESE, "{\"provider\":\"tmproxy\"}",
		"Key đã hết hạn. Gia hạn trên TMProxy rồi bấm Kiểm tra lại, hoặc bấm Thay key.");
	assert_sentence("err.firewall", MESSAGE_ENGLISH, "{\"provider\":\"proxyxoay\"}",
		"ProxyXoay's firewall refused this server (403). The key may be fine.");
	assert_sentence("err.transient", MESSAGE_VIETNAMESE, "{\"provider\":\"of-tomorrow\",\"s\":5}",
		"of-tomorrow không trả lời. IP hiện tại vẫn được giữ; tự thử lại sau 5 giây.");
}

static void missing_values(void **state)
{
	(void)state;
	assert_sentence("err.same_ip", MESSAGE_ENGLISH, NULL,
		"KiotProxy gave the same IP again (…). Next try in … s.");
	assert_sentence("err.same_ip", MESSAGE_ENGLISH, "{\"ip\":\"\",\"s\":null}",
		"KiotProxy gave the same IP again (…). Next try in … s.");
	/* A value is not a template. */
	assert_sentence("err.key_duplicate", MESSAGE_ENGLISH, "{\"proxy\":\"{proxy}{s}\",\"s\":1}",
		"This key is already used by {proxy}{s}.");
}

static void unknown_id(void **state)
{
	(void)state;
	assert_false(message_known(s("err.nothing_of_the_kind")));
	assert_false(message_known(SLICE_NONE));
	assert_true(message_known(s("err.unknown")));
	assert_sentence("err.nothing_of_the_kind", MESSAGE_ENGLISH, "{\"id\":\"r-1\"}",
		"Something unexpected happened. Request r-1.");
}

static void pairs(void **state)
{
	const struct message_param params[] = {{"user", s("proxy7")}, {"ip", s("9.9.9.9")}};
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	message_format_with(&out, s("err.auth_407"), MESSAGE_ENGLISH, params, ARRAY_LEN(params));
	assert_string_equal(buf_str(&out),
		"Sign in with user proxy7 and the proxy password, or allow your address 9.9.9.9.");
	buf_done(&out);
}

static void languages(void **state)
{
	(void)state;
	assert_int_equal(message_lang_of(s("vi")), MESSAGE_VIETNAMESE);
	assert_int_equal(message_lang_of(s("VI-vn")), MESSAGE_VIETNAMESE);
	assert_int_equal(message_lang_of(s("en")), MESSAGE_ENGLISH);
	assert_int_equal(message_lang_of(s("vie")), MESSAGE_ENGLISH);
	assert_int_equal(message_lang_of(s("v")), MESSAGE_ENGLISH);
	assert_int_equal(message_lang_of(SLICE_NONE), MESSAGE_ENGLISH);
}

/* Counts the places of `template`, and checks that each is also in `other`. */
static void assert_same_places(const char *id, const char *template, const char *other)
{
	char place[40];

	for (const char *at = strchr(template, '{'); at; at = strchr(at + 1, '{')) {
		const char *end = strchr(at, '}');

		if (!end || (size_t)(end - at) + 2 > sizeof(place))
			fail_msg("%s: a place without end", id);
		memcpy(place, at, (size_t)(end - at) + 1);
		place[end - at + 1] = '\0';
		if (!strstr(other, place))
			fail_msg("%s: %s stands in one language only", id, place);
	}
}

static void table_is_whole(void **state)
{
	static const struct {
		const char *id, *english, *vietnamese;
	} ROWS[] = {
#define MESSAGE(id, english, vietnamese) {id, english, vietnamese},
#include "shared/model/messages_table.h"
#undef MESSAGE
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
		assert_true(ROWS[i].english[0] && ROWS[i].vietnamese[0]);
		assert_same_places(ROWS[i].id, ROWS[i].english, ROWS[i].vietnamese);
		assert_same_places(ROWS[i].id, ROWS[i].vietnamese, ROWS[i].english);
		assert_string_equal(message_template(s(ROWS[i].id), MESSAGE_VIETNAMESE), ROWS[i].vietnamese);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(ROWS[i].id, ROWS[k].id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences),
		cmocka_unit_test(vendors),
		cmocka_unit_test(missing_values),
		cmocka_unit_test(unknown_id),
		cmocka_unit_test(pairs),
		cmocka_unit_test(languages),
		cmocka_unit_test(table_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
