/* test_tmproxy.c: tmproxy's requests; answers of every class, after what public
 * clients of it rely on, not captured from it. */
#include "tests/unit/scheduler/providers/vendor_case.h"

static const struct provider *const vendor = &provider_tmproxy;

static void builds_its_calls(void **state)
{
	(void)state;
	assert_request(vendor, PROVIDER_NEW, "K&1", "POST", "http://v.test/api/get-new-proxy",
		"{\"api_key\":\"K&1\",\"id_location\":0,\"sign\":\"\"}");
	assert_request(vendor, PROVIDER_CURRENT, "K&1", "POST", "http://v.test/api/get-current-proxy",
		"{\"api_key\":\"K&1\"}");
	assert_false(provider_offers(vendor, PROVIDER_RELEASE));
}

static void reads_a_good_answer(void **state)
{
	struct provider_reply r = vendor_read(vendor, PROVIDER_NEW, 200,
		"{\"code\":0,\"message\":\"\",\"data\":{\"ip_allow\":\"1.2.3.4\",\"location_name\":\"Hà Nội\",\"socks5\":\"171.229.1.2:39009\",\"https\":\"171.229.1.2:39008\",\"username\":\"u1\",\"password\":\"p1\",\"timeout\":1170,\"next_request\":236,\"expired_at\":\"15:04:05 10/06/2024\",\"public_ip\":\"171.229.1.3\"}}");

	(void)state;
	assert_int_equal(r.class, FAILURE_NONE);
	assert_int_equal(r.effect, EFFECT_DONE);
	assert_string_equal(r.http, "171.229.1.2:39008");
	assert_string_equal(r.socks5, "171.229.1.2:39009");
	assert_string_equal(r.user, "u1");
	assert_string_equal(r.pass, "p1");
	assert_string_equal(r.exit_ip, "171.229.1.3");
	assert_string_equal(r.location, "Hà Nội");
	assert_int_equal(r.expires_in_ms, 1170000);
	assert_int_equal(r.next_change_in_ms, 236000);
}

static const struct vendor_case cases[] = {
	{PROVIDER_NEW, 200,
		"{\"code\":5,\"message\":\"retry after 0 second(s)\",\"data\":{\"next_request\":0}}",
		FAILURE_COOLDOWN, EFFECT_NONE, 1000},
	{PROVIDER_NEW, 200,
		"{\"code\":5,\"message\":\"retry after 42 second(s)\",\"data\":{\"next_request\":41}}",
		FAILURE_COOLDOWN, EFFECT_NONE, 41000},
	{PROVIDER_NEW, 200, "{\"code\":5,\"message\":\"retry after 42 second(s)\",\"data\":{}}",
		FAILURE_COOLDOWN, EFFECT_NONE, 42000},
	{PROVIDER_NEW, 200, "{\"code\":5,\"message\":\"\",\"data\":null}", FAILURE_COOLDOWN, EFFECT_NONE,
		120000},
	{PROVIDER_NEW, 200, "{\"code\":11,\"message\":\"API không tồn tại 5ecretKey0123456789\",\"data\":{}}",
		FAILURE_INVALID_KEY, EFFECT_NONE, 0},
	{PROVIDER_NEW, 200, "{\"code\":9,\"message\":\"API đã hết hạn\",\"data\":{}}", FAILURE_EXPIRED_KEY,
		EFFECT_NONE, 0},
	{PROVIDER_NEW, 200, "{\"code\":9,\"message\":\"Hệ thống tạm hết proxy\",\"data\":{}}",
		FAILURE_NO_STOCK, EFFECT_NONE, 0},
	{PROVIDER_NEW, 200,
		"{\"code\":9,\"message\":\"Bạn gọi quá nhiều lần, thử lại sau 30 giây\",\"data\":{}}",
		FAILURE_RATE_LIMITED, EFFECT_NONE, 30000},
	{PROVIDER_NEW, 429, "{\"code\":9,\"message\":\"x\",\"data\":{}}", FAILURE_RATE_LIMITED, EFFECT_NONE,
		0},
	{PROVIDER_CURRENT, 200,
		"{\"code\":0,\"message\":\"\",\"data\":{\"https\":\"\",\"socks5\":\"\",\"timeout\":0,\"next_request\":0}}",
		FAILURE_NOT_ASSIGNED, EFFECT_UNKNOWN, 0},
	{PROVIDER_CURRENT, 200, "{\"code\":0,\"data\":{\"https\":\"171.229.1.2:39008\",\"timeout\":0}}",
		FAILURE_NOT_ASSIGNED, EFFECT_UNKNOWN, 0},
	{PROVIDER_NEW, 200, "{\"code\":0,\"message\":\"\",\"data\":{}}", FAILURE_TRANSIENT, EFFECT_UNKNOWN,
		0},
	{PROVIDER_NEW, 200, "{\"code\":9,\"message\":\"?\",\"data\":{}}", FAILURE_TRANSIENT, EFFECT_NONE, 0},
	{PROVIDER_NEW, 500, "{\"code\":9,\"message\":\"?\",\"data\":{}}", FAILURE_TRANSIENT, EFFECT_UNKNOWN,
		0},
	{PROVIDER_NEW, 500,
		"{\"code\":0,\"message\":\"\",\"data\":{\"ip_allow\":\"1.2.3.4\",\"location_name\":\"Hà Nội\",\"socks5\":\"171.229.1.2:39009\",\"https\":\"171.229.1.2:39008\",\"username\":\"u1\",\"password\":\"p1\",\"timeout\":1170,\"next_request\":236,\"expired_at\":\"15:04:05 10/06/2024\",\"public_ip\":\"171.229.1.3\"}}",
		FAILURE_TRANSIENT, EFFECT_UNKNOWN, 0},
	{PROVIDER_NEW, 200, "{\"message\":\"?\"}", FAILURE_TRANSIENT, EFFECT_UNKNOWN, 0},
	{PROVIDER_NEW, 200, "{\"code\":0,\"data\":{\"https\":\"proxy.test:80\"}}", FAILURE_TRANSIENT,
		EFFECT_DONE, 0},
	{PROVIDER_NEW, 200,
		"{\"code\":0,\"data\":{\"https\":\"171.229.1.2:80\",\"username\":\"a:b\",\"password\":\"c\"}}",
		FAILURE_TRANSIENT, EFFECT_DONE, 0},
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
	assert_private_is_refused(vendor,
		"{\"code\":0,\"data\":{\"https\":\"10.0.0.7:3128\",\"timeout\":60,\"next_request\":5}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builds_its_calls),
		cmocka_unit_test(reads_a_good_answer),
		cmocka_unit_test(every_class_is_recognised),
		cmocka_unit_test(private_upstreams_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
