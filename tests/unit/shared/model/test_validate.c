/* test_validate.c: single values that users write. */
#include "tests/unit/shared/model/unit.h"

#include "shared/base/buf.h"
#include "shared/json/json_writer.h"
#include "shared/model/messages.h"
#include "shared/model/validate.h"

typedef bool text_rule(struct slice text, struct field_err *err);
typedef bool number_rule(int64_t value, struct field_err *err);

static struct slice repeated(const char *unit, size_t count, char *dst)
{
	size_t len = strlen(unit);

	for (size_t i = 0; i < count; i++)
		memcpy(dst + i * len, unit, len);
	return slice_of(dst, count * len);
}

static void assert_refused(text_rule *rule, struct slice text, const char *field, const char *message_id)
{
	struct field_err err = {0};

	if (rule(text, &err))
		fail_msg("%s accepted: %.*s", field, SLICE_ARG(text));
	assert_string_equal(err.field, field);
	assert_string_equal(err.message_id, message_id);
	assert_true(message_known(s(err.message_id)));
	assert_false(rule(text, NULL));
}

/* Of a value, as the other rules are. */
static bool region_rule(struct slice text, struct field_err *err)
{
	return validate_region(&text, err);
}

static void names(void **state)
{
	char text[1024];

	(void)state;
	assert_true(validate_key_name(s("Shop Hà Nội 7"), NULL));
	assert_true(validate_key_name(repeated("ộ", 100, text), NULL));
	assert_refused(validate_key_name, repeated("ộ", 101, text), "key_name", "err.text_length");
	assert_refused(validate_key_name, s(""), "key_name", "err.text_length");
	assert_refused(validate_key_name, s("   "), "key_name", "err.text_length");
	assert_refused(validate_key_name, s("a\nb"), "key_name", "err.text_chars");
	assert_refused(validate_key_name, s("a\xff"), "key_name", "err.text_chars");

	assert_true(validate_subdomain(s("proxy-7"), NULL));
	assert_true(validate_subdomain(repeated("a", 63, text), NULL));
	assert_refused(validate_subdomain, repeated("a", 64, text), "subdomain", "err.subdomain");
	assert_refused(validate_subdomain, s(""), "subdomain", "err.subdomain");
	assert_refused(validate_subdomain, s("Proxy7"), "subdomain", "err.subdomain");
	assert_refused(validate_subdomain, s("-a"), "subdomain", "err.subdomain");
	assert_refused(validate_subdomain, s("a-"), "subdomain", "err.subdomain");
	assert_refused(validate_subdomain, s("a.b"), "subdomain", "err.subdomain");
	assert_refused(validate_subdomain, slice_of("a\0b", 3), "subdomain", "err.subdomain");

	assert_true(validate_username(s("lan.nguyen-1_x@shop"), NULL));
	assert_refused(validate_username, s("lan nguyen"), "username", "err.username");
	assert_refused(validate_username, s(""), "username", "err.username");
	assert_refused(validate_username, repeated("a", 65, text), "username", "err.username");
}

static void keys_and_passwords(void **state)
{
	char text[1024];

	(void)state;
	assert_true(validate_provider_key(s("K6fa3db64a77ce&?#"), NULL));
	assert_true(validate_provider_key(repeated("k", 128, text), NULL));
	assert_refused(validate_provider_key, repeated("k", 129, text), "provider_key", "err.key_chars");
	assert_refused(validate_provider_key, s(""), "provider_key", "err.key_chars");
	assert_refused(validate_provider_key, s("K6 fa"), "provider_key", "err.key_chars");
	assert_refused(validate_provider_key, s("Kế"), "provider_key", "err.key_chars");
	assert_refused(validate_provider_key, s("K6\r\nX:1"), "provider_key", "err.key_chars");

	assert_true(validate_proxy_password(s("abcd1234"), NULL));
	assert_true(validate_proxy_password(repeated("x", 64, text), NULL));
	assert_refused(validate_proxy_password, repeated("x", 65, text), "password", "err.text_length");
	assert_refused(validate_proxy_password, s("abcd123"), "password", "err.text_length");
	assert_refused(validate_proxy_password, s("mậtkhẩudài1"), "password", "err.password_ascii");
	assert_refused(validate_proxy_password, s("abcd 1234"), "password", "err.password_chars");
	assert_refused(validate_proxy_password, s("abcd:1234"), "password", "err.password_chars");
	assert_refused(validate_proxy_password, s("abcd@1234"), "password", "err.password_chars");
	assert_refused(validate_proxy_password, s("abcd|1234"), "password", "err.password_chars");
	assert_refused(validate_proxy_password, s("abcd/1234"), "password", "err.password_chars");
	assert_refused(validate_proxy_password, s("abcd\t1234"), "password", "err.password_chars");
}

static void notes_and_words(void **state)
{
	static char text[4096];

	(void)state;
	assert_true(validate_note(s(""), NULL));
	assert_true(validate_note(s("line 1\nline 2"), NULL));
	assert_true(validate_note(repeated("ộ", 1000, text), NULL));
	assert_refused(validate_note, repeated("ộ", 1001, text), "note", "err.text_length");
	assert_refused(validate_note, s("\x1b]0;title\x07"), "note", "err.text_chars");

	struct slice region = s("Miền Bắc");
	assert_true(validate_region(&region, NULL) && slice_eq_str(region, "bac"));
	assert_refused(region_rule, s("north"), "region", "err.choice");
	assert_refused(region_rule, s(""), "region", "err.choice");
	assert_true(validate_rotate_mode(s("manual"), NULL));
	assert_refused(validate_rotate_mode, s("Manual"), "rotate_mode", "err.choice");
	assert_true(validate_on_rotate(s("keep"), NULL));
	assert_refused(validate_on_rotate, s("wait"), "on_rotate", "err.choice");
	assert_true(validate_provider(s("kiotproxy"), NULL));
	assert_true(validate_provider(s("tmproxy"), NULL));
	assert_true(validate_provider(s("static"), NULL));
	assert_refused(validate_provider, s("nobody"), "provider", "err.choice");
	assert_refused(validate_provider, s("Kiot Proxy"), "provider", "err.choice");
}

static void assert_range(number_rule *rule, int64_t min, int64_t max, const char *below)
{
	struct field_err err = {0};

	assert_true(rule(min, &err));
	assert_true(rule(max, &err));
	assert_false(rule(min - 1, &err));
	assert_string_equal(err.message_id, below);
	assert_false(rule(max + 1, &err));
	assert_string_equal(err.message_id, "err.range");
	assert_int_equal(err.min, min);
	assert_int_equal(err.max, max);
}

static void numbers(void **state)
{
	(void)state;
	assert_range(validate_drain_seconds, 0, 3600, "err.range");
	assert_range(validate_rotate_interval_minutes, 2, 1440, "err.interval_min");
	assert_range(validate_price_vnd, 0, 1000000000000, "err.range");
	assert_range(validate_plan_days, 0, 3650, "err.range");
}

static void assert_params(const struct field_err *err, const char *expected)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 0);
	json_writer_init(&w, &out);
	field_err_params(err, &w);
	assert_string_equal(buf_str(&out), expected);
	buf_done(&out);
}

static void params(void **state)
{
	struct field_err err;
	char text[256];

	(void)state;
	assert_false(validate_drain_seconds(-1, &err));
	assert_params(&err, "{\"field\":\"drain_seconds\",\"min\":0,\"max\":3600}");
	assert_false(region_rule(s("no\"rth"), &err));
	assert_params(&err,
		"{\"field\":\"region\",\"wanted\":\"bac, trung, nam, random\",\"value\":\"no\\\"rth\"}");
	/* A secret is not repeated. */
	assert_false(validate_proxy_password(s("abcd:1234"), &err));
	assert_params(&err, "{\"field\":\"password\"}");
	/* A long value is cut between two characters. */
	assert_false(region_rule(repeated("ộ", 40, text), &err));
	assert_int_equal(strlen(err.detail), 63);
	assert_false(field_err_set(&err, "x", "err.unknown_field"));
	assert_false(field_err_name(&err, s("colour")));
	assert_params(&err, "{\"field\":\"colour\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(keys_and_passwords),
		cmocka_unit_test(notes_and_words),
		cmocka_unit_test(numbers),
		cmocka_unit_test(params),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
