/* test_wwproxy.c: wwproxy's requests; answers of every class, after what public
 * clients of it rely on, not captured from it. */
#include "tests/unit/scheduler/providers/vendor_case.h"

static const struct provider *const vendor = &provider_wwproxy;

static void builds_its_calls(void **state)
{
	(void)state;
	assert_request(vendor, PROVIDER_NEW, "K&1", "GET",
		"http://v.test/api/available?key=K%261&provinceId=-1", "");
	assert_request(vendor, PROVIDER_CURRENT, "K&1", "GET", "http://v.test/api/current?key=K%261", "");
	assert_false(provider_offers(vendor, PROVIDER_RELEASE));
}

static void reads_a_good_answer(void **state)
{
	struct provider_reply r = vendor_read(vendor, PROVIDER_NEW, 200,
		"{\"status\":\"OK\",\"errorCode\":0,\"message\":\"\",\"data\":{\"ipAddress\":\"171.229.1.2\",\"port\":39008,\"proxy\":\"171.229.1.2:39008\",\"vip\":0,\"expiredTime\":\"2024-06-10T14:45:32.000Z\",\"status\":1,\"provinceId\":3}}");

	(void)state;
	assert_int_equal(r.class, FAILURE_NONE);
	assert_int_equal(r.effect, EFFECT_DONE);
	assert_string_equal(r.http, "171.229.1.2:39008");
	assert_string_equal(r.socks5, "");
	assert_string_equal(r.user, "");
	assert_string_equal(r.expires_at, "1718030732000");
	assert_int_equal(r.expires_in_ms, 1200000);
	assert_int_equal(r.next_change_in_ms, 60000);
}

static void reads_credentials_in_front_of_the_address(void **state)
{
	struct provider_reply r = vendor_read(vendor, PROVIDER_CURRENT, 200,
		"{\"status\":\"OK\",\"data\":{\"proxy\":\"us:pa@171.229.1.2:39008\",\"nextChange\":\"15\"}}");

	(void)state;
	assert_int_equal(r.class, FAILURE_NONE);
	assert_string_equal(r.http, "171.229.1.2:39008");
	assert_string_equal(r.user, "us");
	assert_string_equal(r.pass, "pa");
	assert_int_equal(r.next_change_in_ms, 15000);
}

static const struct vendor_case cases[] = {
	{PROVIDER_NEW, 400,
		"{\"status\":\"BAD_REQUEST\",\"errorCode\":1,\"message\":\"Vui lòng chờ thêm 17s\",\"data\":null}",
		FAILURE_COOLDOWN, EFFECT_NONE, 17000},
	{PROVIDER_NEW, 400, "{\"status\":\"BAD_REQUEST\",\"message\":\"Khóa đã hết hạn\"}",
		FAILURE_EXPIRED_KEY, EFFECT_NONE, 0},
	{PROVIDER_NEW, 400,
		"{\"status\":\"BAD_REQUEST\",\"message\":\"Khóa không tồn tại 5ecretKey0123456789\"}",
		FAILURE_INVALID_KEY, EFFECT_NONE, 0},
	{PROVIDER_NEW, 200, "{\"status\":\"BAD_REQUEST\",\"message\":\"Hệ thống tạm hết hàng\"}",
		FAILURE_NO_STOCK, EFFECT_NONE, 0},
	{PROVIDER_NEW, 400, "{\"status\":\"BAD_REQUEST\",\"message\":\"Vượt quá giới hạn\"}",
		FAILURE_RATE_LIMITED, EFFECT_NONE, 0},
	{PROVIDER_CURRENT, 400, "{\"status\":\"BAD_REQUEST\",\"message\":\"Không tìm thấy proxy\"}",
		FAILURE_NOT_ASSIGNED, EFFECT_NONE, 0},
	{PROVIDER_CURRENT, 400, "{\"status\":\"BAD_REQUEST\",\"message\":\"key chưa có proxy\"}",
		FAILURE_NOT_ASSIGNED, EFFECT_NONE, 0},
	{PROVIDER_NEW, 400, "{\"status\":\"BAD_REQUEST\",\"message\":\"key chưa có proxy\"}",
		FAILURE_TRANSIENT, EFFECT_NONE, 0},
	{PROVIDER_CURRENT, 200, "{\"status\":\"OK\",\"data\":null}", FAILURE_NOT_ASSIGNED, EFFECT_UNKNOWN, 0},
	{PROVIDER_CURRENT, 200,
		"{\"status\":\"OK\",\"data\":{\"proxy\":\"171.229.1.2:1\",\"expiredTime\":\"2024-06-10T14:25:31Z\"}}",
		FAILURE_NOT_ASSIGNED, EFFECT_DONE, 0},
	{PROVIDER_NEW, 200, "{\"status\":\"OK\",\"data\":{}}", FAILURE_TRANSIENT, EFFECT_UNKNOWN, 0},
	{PROVIDER_NEW, 200, "{\"status\":\"OK\",\"data\":{\"proxy\":\"u@171.229.1.2:1\"}}", FAILURE_TRANSIENT,
		EFFECT_DONE, 0},
	{PROVIDER_NEW, 400,
		"{\"status\":\"OK\",\"errorCode\":0,\"message\":\"\",\"data\":{\"ipAddress\":\"171.229.1.2\",\"port\":39008,\"proxy\":\"171.229.1.2:39008\",\"vip\":0,\"expiredTime\":\"2024-06-10T14:45:32.000Z\",\"status\":1,\"provinceId\":3}}",
		FAILURE_TRANSIENT, EFFECT_UNKNOWN, 0},
};

static void every_class_is_recognised(void **state)
{
	(void)state;
	assert_cases(vendor, cases, ARRAY_LEN(cases));
	assert_garbage_is_told(vendor);
}

static void private_upstreams_are_refused(void **state)
{
	(void)state;
	assert_private_is_refused(vendor, "{\"status\":\"OK\",\"data\":{\"proxy\":\"192.168.1.1:80\"}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builds_its_calls),
		cmocka_unit_test(reads_a_good_answer),
		cmocka_unit_test(reads_credentials_in_front_of_the_address),
		cmocka_unit_test(every_class_is_recognised),
		cmocka_unit_test(private_upstreams_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
