/* test_settings.c: settings from the store, from users, and out. */
#include "tests/unit/shared/model/unit.h"

#include "shared/base/buf.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/settings.h"

static void assert_written(const struct settings *settings, const char *expected)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 0);
	json_writer_init(&w, &out);
	settings_write(&w, settings);
	assert_string_equal(buf_str(&out), expected);
	buf_done(&out);
}

static void defaults(void **state)
{
	struct settings settings;

	(void)state;
	settings_default(&settings);
	assert_written(&settings,
		"{\"auto_rotate_on_expiration\":true,\"auto_rotate_interval_enabled\":false,"
		"\"auto_rotate_interval_minutes\":10,\"auto_rotate_on_failure\":true,\"auto_rotate_idle_wait_minutes\":30,\"auto_update_enabled\":true,"
		"\"auto_update_interval_seconds\":30,\"settings_version\":0}");
}

static void from_store(void **state)
{
	struct settings settings;

	(void)state;
	assert_true(settings_from_json(
		s("{\"auto_rotate_on_expiration\":\"0\",\"auto_rotate_interval_enabled\":true,"
		  "\"auto_rotate_interval_minutes\":\"15\",\"auto_update_enabled\":\"\",\"settings_version\":\"4\","
		  "\"rearm_cursor\":\"0\"}"),
		&settings, NULL));
	assert_written(&settings,
		"{\"auto_rotate_on_expiration\":false,\"auto_rotate_interval_enabled\":true,"
		"\"auto_rotate_interval_minutes\":15,\"auto_rotate_on_failure\":true,\"auto_rotate_idle_wait_minutes\":30,\"auto_update_enabled\":true,"
		"\"auto_update_interval_seconds\":30,\"settings_version\":4}");
	settings.auto_rotate_interval_minutes = 77;
	assert_false(settings_from_json(s("[]"), &settings, NULL));
	assert_false(settings_from_json(s("{\"auto_rotate_interval_minutes\":\"1\"}"), &settings, NULL));
	assert_false(settings_from_json(s("{\"auto_rotate_interval_minutes\":\"ten\"}"), &settings, NULL));
	assert_false(settings_from_json(s("{\"auto_update_enabled\":\"2\"}"), &settings, NULL));
	assert_false(settings_from_json(s("{\"auto_update_enabled\":1}"), &settings, NULL));
	assert_false(settings_from_json(s("{\"settings_version\":\"x\"}"), &settings, NULL));
	assert_int_equal(settings.auto_rotate_interval_minutes, 77);
}

static bool patch(const char *body, struct settings_patch *ret, struct field_err *err)
{
	struct json *json = json_parse(s(body), NULL, NULL);

	assert_non_null(json);
	bool ok = settings_patch_from_json(json, ret, err);
	json_free(json);
	return ok;
}

static void from_users(void **state)
{
	struct settings_patch p;
	struct field_err err;
	char text[SETTING_TEXT_BYTES];

	(void)state;
	assert_true(patch("{\"auto_rotate_interval_minutes\":2,\"auto_update_enabled\":false}", &p, &err));
	assert_int_equal(
		p.present, 1u << SETTING_auto_rotate_interval_minutes | 1u << SETTING_auto_update_enabled);
	setting_text(&p.values, SETTING_auto_rotate_interval_minutes, text);
	assert_string_equal(text, "2");
	setting_text(&p.values, SETTING_auto_update_enabled, text);
	assert_string_equal(text, "0");
	assert_string_equal(setting_name(SETTING_auto_update_enabled), "auto_update_enabled");

	assert_true(patch("{}", &p, &err));
	assert_int_equal(p.present, 0);
}

static void refused_from_users(void **state)
{
	static const char *const WRONG[][3] = {
		{"{\"auto_rotate_interval_minutes\":1}", "auto_rotate_interval_minutes", "err.interval_min"},
		{"{\"auto_rotate_interval_minutes\":-1}", "auto_rotate_interval_minutes", "err.interval_min"},
		{"{\"auto_rotate_interval_minutes\":1441}", "auto_rotate_interval_minutes", "err.range"},
		{"{\"auto_rotate_interval_minutes\":\"10\"}", "auto_rotate_interval_minutes", "err.type"},
		{"{\"auto_rotate_interval_minutes\":2.5}", "auto_rotate_interval_minutes", "err.type"},
		{"{\"auto_update_enabled\":1}", "auto_update_enabled", "err.type"},
		{"{\"auto_update_enabled\":null}", "auto_update_enabled", "err.type"},
		{"{\"auto_update_interval_seconds\":4}", "auto_update_interval_seconds", "err.range"},
		{"{\"auto_update\":true}", NULL, "err.unknown_field"},
		{"{\"settings_version\":7}", NULL, "err.unknown_field"},
		{"[]", NULL, "err.bad_request"},
	};
	struct settings_patch p = {.present = 99};
	struct field_err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(WRONG); i++) {
		assert_false(patch(WRONG[i][0], &p, &err));
		assert_string_equal(err.message_id, WRONG[i][2]);
		if (WRONG[i][1])
			assert_string_equal(err.field, WRONG[i][1]);
		else
			assert_null(err.field);
	}
	assert_int_equal(p.present, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(from_store),
		cmocka_unit_test(from_users),
		cmocka_unit_test(refused_from_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
