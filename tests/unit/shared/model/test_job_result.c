/* test_job_result.c: how jobs ended, there and back. */
#include "tests/unit/shared/model/unit.h"

#include "shared/base/buf.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/job_result.h"
#include "shared/model/messages.h"

/* What is written from what was read must be the same text. */
static void assert_round_trip(const char *text)
{
	struct job_result result;
	struct json_writer w;
	struct buf out;
	struct err err = {0};

	if (!job_result_parse(s(text), &result, &err))
		fail_msg("%s", err.msg);
	buf_init(&out, 0);
	json_writer_init(&w, &out);
	job_result_write(&w, &result);
	assert_string_equal(buf_str(&out), text);
	buf_done(&out);
	job_result_done(&result);
}

static void round_trips(void **state)
{
	(void)state;
	assert_round_trip("{\"outcome\":\"ok\"}");
	assert_round_trip(
		"{\"outcome\":\"ok\",\"new_ip\":\"27.73.175.36\",\"location\":\"Thanh Hóa\","
		"\"remote_http\":\"27.73.175.36:31194\",\"same_ip\":true,\"version\":\"1700000000000-42\","
		"\"latency_ms\":812}");
	assert_round_trip("{\"outcome\":\"error\",\"class\":\"COOLDOWN\",\"message_id\":\"err.cooldown\","
			  "\"params\":{ \"s\":45, \"x\":\"\\u00e9}\" },\"retry_in_ms\":45000}");
	assert_round_trip("{\"outcome\":\"error\",\"class\":\"COOLDOWN\",\"message_id\":\"err.cooldown\","
			  "\"retry_in_ms\":9000,\"provider_message\":\"thử lại \\\"sau 9 giây\\\"\"}");
}

static void read(void **state)
{
	struct job_result result;
	struct buf out;

	(void)state;
	assert_true(job_result_parse(
		s("{\"outcome\":\"error\",\"class\":\"NO_STOCK\",\"message_id\":\"err.no_stock\","
		  "\"params\":{\"region\":\"nam\",\"s\":30},\"retry_in_ms\":30000,\"later\":null}"),
		&result, NULL));
	assert_int_equal(result.outcome, JOB_OUTCOME_ERROR);
	assert_int_equal(result.failure, FAILURE_NO_STOCK);
	assert_int_equal(result.retry_in_ms, 30000);
	buf_init(&out, 0);
	message_format(&out, result.message_id, MESSAGE_ENGLISH, job_result_params(&result));
	assert_string_equal(buf_str(&out),
		"KiotProxy is out of IPs in the South. Trying again in 30 s; another region may work now.");
	buf_done(&out);
	job_result_done(&result);
	job_result_done(&result);
	job_result_done(NULL);

	assert_true(job_result_parse(
		s("{\"outcome\":\"error\",\"class\":\"OF_TOMORROW\",\"message_id\":\"err.busy\"}"), &result,
		NULL));
	assert_int_equal(result.failure, FAILURE_NONE);
	assert_null(job_result_params(&result));
	job_result_done(&result);
}

static void refused(void **state)
{
	static const char *const WRONG[] = {"", "[]", "{}", "{\"outcome\":\"maybe\"}", "{\"outcome\":1}",
		"{\"outcome\":\"ok\",\"same_ip\":1}", "{\"outcome\":\"ok\",\"retry_in_ms\":-1}",
		"{\"outcome\":\"ok\",\"retry_in_ms\":\"1\"}", "{\"outcome\":\"ok\",\"params\":[]}",
		"{\"outcome\":\"ok\",\"new_ip\":null}", "{\"outcome\":\"error\",\"provider_message\":{}}"};
	struct job_result result = {.latency_ms = 42};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(WRONG); i++)
		if (job_result_parse(s(WRONG[i]), &result, NULL))
			fail_msg("accepted: %s", WRONG[i]);
	assert_int_equal(result.latency_ms, 42);
}

static void classes(void **state)
{
	enum failure_class failure;

	(void)state;
	for (int i = FAILURE_NONE + 1; i < FAILURE_CLASS_COUNT; i++) {
		assert_true(failure_class_parse(s(failure_class_text((enum failure_class)i)), &failure));
		assert_int_equal(failure, i);
		assert_true(message_known(s(failure_class_message_id(failure))));
	}
	assert_string_equal(failure_class_text(FAILURE_NONE), "");
	assert_string_equal(failure_class_text(FAILURE_FIREWALL), "FIREWALL");
	assert_false(failure_class_parse(s(""), &failure));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trips),
		cmocka_unit_test(read),
		cmocka_unit_test(refused),
		cmocka_unit_test(classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
