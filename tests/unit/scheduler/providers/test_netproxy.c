/* test_netproxy.c: netproxy's requests; answers of every class, after what public
 * clients of it rely on, not captured from it. */
#include "tests/unit/scheduler/providers/vendor_case.h"

static const struct provider *const vendor = &provider_netproxy;

static void builds_its_calls(void **state)
{
	(void)state;
	assert_request(vendor, PROVIDER_NEW, "K&1", "GET",
		"http://v.test/api/getNewProxy?apiKey=K%261&country=all", "");
	assert_request(
		vendor, PROVIDER_CURRENT, "K&1", "GET", "http://v.test/api/getCurrentProxy?apiKey=K%261", "");
	assert_false(provider_offers(vendor, PROVIDER_RELEASE));
}

static void reads_a_good_answer(void **state)
{
	struct provider_reply r = vendor_read(vendor, PROVIDER_NEW, 200,
		"{\"success\":true,\"data\":{\"proxy\":\"104.214.186.198:47361\",\"refreshAt\":\"2024-08-30T13:47:19.818Z\",\"nextChange\":120,\"acceptIp\":\"171.252.154.194\",\"isResidential\":true}}");

	(void)state;
	assert_int_equal(r.class, FAILURE_NONE);
	assert_int_equal(r.effect, EFFECT_DONE);
	assert_string_equal(r.http, "104.214.186.198:47361");
	assert_string_equal(r.user, "");
	assert_string_equal(r.exit_ip, "");
	assert_string_equal(r.expires_at, "1725025639818");
	assert_int_equal(r.expires_in_ms, 1200000);
	assert_int_equal(r.next_change_in_ms, 120000);
}

static const struct vendor_case cases[] = {
	{PROVIDER_NEW, 200, "{\"success\":false,\"message\":\"Wait\",\"data\":{\"nextChange\":77}}",
		FAILURE_COOLDOWN, EFFECT_NONE, 77000},
	{PROVIDER_NEW, 200, "{\"success\":false,\"message\":\"Vui lòng thử lại sau 12 giây\"}",
		FAILURE_COOLDOWN, EFFECT_NONE, 12000},
	{PROVIDER_NEW, 400, "{\"success\":false,\"message\":\"Invalid API key 5ecretKey0123456789\"}",
		FAILURE_INVALID_KEY, EFFECT_NONE, 0},
	{PROVIDER_NEW, 400, "{\"success\":false,\"message\":\"API key expired\"}", FAILURE_EXPIRED_KEY,
		EFFECT_NONE, 0},
	{PROVIDER_NEW, 400, "{\"success\":false,\"message\":\"Không còn proxy\"}", FAILURE_NO_STOCK,
		EFFECT_NONE, 0},
	{PROVIDER_NEW, 400, "{\"success\":false,\"message\":\"Hiện không còn proxy\"}", FAILURE_NO_STOCK,
		EFFECT_NONE, 0},
	{PROVIDER_NEW, 429, "{\"success\":false,\"message\":\"Too many\"}", FAILURE_RATE_LIMITED, EFFECT_NONE,
		0},
	{PROVIDER_CURRENT, 200, "{\"success\":true,\"data\":{\"proxy\":\"\"}}", FAILURE_NOT_ASSIGNED,
		EFFECT_UNKNOWN, 0},
	{PROVIDER_NEW, 200, "{\"success\":false,\"message\":\"?\"}", FAILURE_TRANSIENT, EFFECT_NONE, 0},
	{PROVIDER_NEW, 200, "{\"success\":\"no\"}", FAILURE_TRANSIENT, EFFECT_NONE, 0},
	{PROVIDER_NEW, 200, "{\"success\":true,\"data\":null}", FAILURE_TRANSIENT, EFFECT_UNKNOWN, 0},
	{PROVIDER_NEW, 503, "{\"success\":false}", FAILURE_TRANSIENT, EFFECT_UNKNOWN, 0},
	{PROVIDER_NEW, 500,
		"{\"success\":true,\"data\":{\"proxy\":\"104.214.186.198:47361\",\"refreshAt\":\"2024-08-30T13:47:19.818Z\",\"nextChange\":120,\"acceptIp\":\"171.252.154.194\",\"isResidential\":true}}",
		FAILURE_TRANSIENT, EFFECT_UNKNOWN, 0},
	{PROVIDER_NEW, 200, "{\"success\":true,\"data\":{\"proxy\":\"104.214.186.198\"}}", FAILURE_TRANSIENT,
		EFFECT_DONE, 0},
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
	assert_private_is_refused(vendor, "{\"success\":true,\"data\":{\"proxy\":\"[::1]:8080\"}}");
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
