/* test_notice_answer.c: what receivers say, as recorded, and what they should not be able to do with it. */
#include "tests/unit/test.h"

#include <string.h>

#include "scheduler/notices/notice_answer.h"

static struct notice_verdict verdict_of(
	enum notice_kind kind, uint32_t status, const char *body, uint64_t retry_after_s)
{
	struct notice_verdict verdict;

	notice_answer_read(
		kind, status, slice_from_str(body), retry_after_s, SLICE_LIT("1:SECRET"), &verdict);
	return verdict;
}

static void good_ones(void **state)
{
	(void)state;
	assert_true(verdict_of(NOTICE_KIND_TELEGRAM, 200, "{\"ok\":true,\"result\":{}}", 0).sent);
	assert_true(verdict_of(NOTICE_KIND_DISCORD, 204, "", 0).sent);
	assert_true(verdict_of(NOTICE_KIND_SLACK, 200, "ok", 0).sent);
	assert_string_equal(verdict_of(NOTICE_KIND_SLACK, 200, "ok", 9).answer, "ok");
	assert_int_equal(verdict_of(NOTICE_KIND_SLACK, 200, "ok", 9).retry_in_ms, 0);
	assert_true(verdict_of(NOTICE_KIND_WEBHOOK, 202, "{\"ok\":false}", 0).sent);
}

static void refusals(void **state)
{
	struct notice_verdict verdict = verdict_of(NOTICE_KIND_TELEGRAM, 403,
		"{\"ok\":false,\"error_code\":403,\"description\":\"Forbidden: bot was blocked by the user\"}",
		0);

	(void)state;
	assert_false(verdict.sent);
	assert_string_equal(verdict.cause, "HTTP 403 Forbidden: bot was blocked by the user");
	assert_string_equal(verdict_of(NOTICE_KIND_WEBHOOK, 500, "", 0).cause, "HTTP 500");
	assert_string_equal(verdict_of(NOTICE_KIND_SLACK, 404, "no_service", 0).cause, "HTTP 404 no_service");
	assert_string_equal(
		verdict_of(NOTICE_KIND_DISCORD, 404, "{\"message\": \"Unknown Webhook\", \"code\": 10015}", 0)
			.cause,
		"HTTP 404 Unknown Webhook");
	assert_false(verdict_of(NOTICE_KIND_WEBHOOK, 302, "", 0).sent); /* redirects are not followed */
	assert_false(verdict_of(NOTICE_KIND_TELEGRAM, 200, "{\"ok\":false}", 0).sent);
}

static void wishes(void **state)
{
	(void)state;
	assert_int_equal(
		verdict_of(NOTICE_KIND_TELEGRAM, 429,
			"{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests: retry after "
			"7\",\"parameters\":{\"retry_after\":7}}",
			0)
			.retry_in_ms,
		7000);
	assert_int_equal(
		verdict_of(NOTICE_KIND_DISCORD, 429,
			"{\"message\":\"You are being rate limited.\",\"retry_after\":1.337,\"global\":false}",
			2)
			.retry_in_ms,
		1337);
	assert_int_equal(verdict_of(NOTICE_KIND_WEBHOOK, 503, "", 30).retry_in_ms, 30000);
	assert_int_equal(verdict_of(NOTICE_KIND_WEBHOOK, 503, "{\"retry_after\":5}", 0).retry_in_ms, 0);
	assert_int_equal(verdict_of(NOTICE_KIND_WEBHOOK, 503, "", UINT64_MAX).retry_in_ms, 0);
	assert_int_equal(
		verdict_of(NOTICE_KIND_TELEGRAM, 429, "{\"parameters\":{\"retry_after\":-7}}", 0).retry_in_ms,
		0);
	assert_int_equal(verdict_of(NOTICE_KIND_TELEGRAM, 429, "{\"parameters\":{\"retry_after\":1e99}}", 0)
				 .retry_in_ms,
		0);
}

static void untrusted_words(void **state)
{
	char body[4000];
	struct notice_verdict verdict;

	(void)state;
	verdict = verdict_of(NOTICE_KIND_WEBHOOK, 400, "a\r\nb\x1b[31m bot1:SECRET/x", 0);
	assert_null(strpbrk(verdict.answer, "\r\n\x1b"));
	assert_null(strstr(verdict.answer, "SECRET"));
	assert_null(strstr(verdict.cause, "SECRET"));
	memset(body, 0, sizeof(body));
	for (size_t i = 0; i + 2 < sizeof(body); i += 2)
		memcpy(body + i, "\xc3\xa4", 2);
	verdict = verdict_of(NOTICE_KIND_WEBHOOK, 400, body, 0);
	assert_true(strlen(verdict.cause) < NOTICE_CAUSE_BYTES);
	assert_int_equal((unsigned char)verdict.cause[strlen(verdict.cause) - 1], 0xa4);
	assert_string_equal(verdict_of(NOTICE_KIND_WEBHOOK, 200, "[[[[", 0).answer, "[[[[");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones),
		cmocka_unit_test(refusals),
		cmocka_unit_test(wishes),
		cmocka_unit_test(untrusted_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
