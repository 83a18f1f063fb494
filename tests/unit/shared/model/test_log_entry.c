/* test_log_entry.c: history lines as the store gives them and as REST shows them. */
#include "tests/unit/shared/model/unit.h"

#include "shared/base/buf.h"
#include "shared/json/json_writer.h"
#include "shared/model/log_entry.h"

static void assert_shown(const char *text, const char *expected)
{
	struct log_entry entry;
	struct json_writer w;
	struct buf out;
	struct err err = {0};

	if (!log_entry_parse(s(text), &entry, &err))
		fail_msg("%s", err.msg);
	buf_init(&out, 0);
	json_writer_init(&w, &out);
	log_entry_write(&w, &entry);
	assert_string_equal(buf_str(&out), expected);
	buf_done(&out);
	log_entry_done(&entry);
	log_entry_done(&entry);
	log_entry_done(NULL);
}

static void shown(void **state)
{
	(void)state;
	assert_shown(
		"{\"id\":\"1718029591927-0\",\"proxy_id\":7,\"action\":\"rotate\",\"region\":\"bac\","
		"\"status\":\"error\",\"message_id\":\"err.cooldown\",\"params\":{\"s\":45},\"user\":\"lan\","
		"\"timestamp\":1718029591927}",
		"{\"id\":\"1718029591927-0\",\"proxy_id\":7,\"action\":\"rotate\",\"region\":\"bac\","
		"\"status\":\"error\",\"message_id\":\"err.cooldown\",\"params\":{\"s\":45},"
		"\"message\":\"KiotProxy allows the next change in 45 s. Schedule it to change on time.\","
		"\"user\":\"lan\",\"via\":\"session\",\"timestamp\":\"2024-06-10T14:26:31.927Z\"}");
	/* All texts, as in a stream entry; of no proxy; an id that this program does not know. */
	assert_shown("{\"proxy_id\":\"0\",\"action\":\"login\",\"message_id\":\"msg.tomorrow\","
		     "\"params\":\"{\\\"a\\\":1}\",\"timestamp\":\"0\"}",
		"{\"id\":\"\",\"proxy_id\":null,\"action\":\"login\",\"region\":\"\",\"status\":\"\","
		"\"message_id\":\"msg.tomorrow\",\"params\":{\"a\":1},\"message\":\"\",\"user\":\"\","
		"\"via\":\"clock\","
		"\"timestamp\":\"1970-01-01T00:00:00.000Z\"}");
}

static void refused(void **state)
{
	static const char *const WRONG[] = {"", "1", "{\"proxy_id\":\"x\"}", "{\"proxy_id\":true}",
		"{\"action\":1}", "{\"params\":[]}", "{\"params\":\"[]\"}", "{\"params\":\"{\"}",
		"{\"timestamp\":null}"};
	struct log_entry entry = {.proxy_id = 42};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(WRONG); i++)
		if (log_entry_parse(s(WRONG[i]), &entry, NULL))
			fail_msg("accepted: %s", WRONG[i]);
	assert_int_equal(entry.proxy_id, 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(shown), cmocka_unit_test(refused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
