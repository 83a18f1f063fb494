/* test_proxyxoay.c: proxyxoay's requests; answers of every class, after what public
 * clients of it rely on, not captured from it. */
#include "tests/unit/scheduler/providers/vendor_case.h"

static const struct provider *const vendor = &provider_proxyxoay;

static void builds_its_calls(void **state)
{
	(void)state;
	assert_request(vendor, PROVIDER_NEW, "K&1", "GET",
		"http://v.test/api/get.php?key=K%261&nhamang=random&tinhthanh=0", "");
	assert_false(provider_offers(vendor, PROVIDER_CURRENT));
	assert_false(provider_offers(vendor, PROVIDER_RELEASE));
}

static void reads_a_good_answer(void **state)
{
	struct provider_reply r = vendor_read(vendor, PROVIDER_NEW, 200,
		"{\"status\":100,\"message\":\"proxy nay se die sau 1777s\",\"proxyhttp\":\"171.229.1.2:39008:u1:p1\",\"proxysocks5\":\"171.229.1.2:39009:u1:p1\",\"Nha Mang\":\"viettel\",\"Vi Tri\":\"HaNoi1\",\"Token expiration date\":\"15:04 10-07-2024\",\"ip\":\"171.229.1.3\"}");

	(void)state;
	assert_int_equal(r.class, FAILURE_NONE);
	assert_int_equal(r.effect, EFFECT_DONE);
	assert_string_equal(r.http, "171.229.1.2:39008");
	assert_string_equal(r.socks5, "171.229.1.2:39009");
	assert_string_equal(r.user, "u1");
	assert_string_equal(r.pass, "p1");
	assert_string_equal(r.exit_ip, "171.229.1.3");
	assert_string_equal(r.location, "HaNoi1");
	assert_int_equal(r.expires_in_ms, 1777000);
	assert_int_equal(r.next_change_in_ms, 60000);
}

static void an_upstream_without_credentials_ends_in_colons(void **state)
{
	struct provider_reply r = vendor_read(vendor, PROVIDER_NEW, 200,
		"{\"status\":100,\"message\":\"ok\",\"proxyhttp\":\"171.229.1.2:39008::\"}");

	(void)state;
	assert_int_equal(r.class, FAILURE_NONE);
	assert_string_equal(r.http, "171.229.1.2:39008");
	assert_string_equal(r.user, "");
	assert_int_equal(r.expires_in_ms, 1200000);
}

static const struct vendor_case cases[] = {
	{PROVIDER_NEW, 200, "{\"status\":101,\"message\":\"Con 34s moi co the doi proxy\"}", FAILURE_COOLDOWN,
		EFFECT_NONE, 34000},
	{PROVIDER_NEW, 200, "{\"status\":101,\"message\":\"Key khong ton tai 5ecretKey0123456789\"}",
		FAILURE_INVALID_KEY, EFFECT_NONE, 0},
	{PROVIDER_NEW, 200, "{\"status\":102,\"message\":\"Key het han\"}", FAILURE_EXPIRED_KEY, EFFECT_NONE,
		0},
	{PROVIDER_NEW, 200, "{\"status\":103,\"message\":\"Het proxy\"}", FAILURE_NO_STOCK, EFFECT_NONE, 0},
	{PROVIDER_NEW, 200, "{\"status\":\"103\"}", FAILURE_NO_STOCK, EFFECT_NONE, 0},
	{PROVIDER_NEW, 200, "{\"status\":199,\"message\":\"Gọi quá nhiều\"}", FAILURE_RATE_LIMITED,
		EFFECT_NONE, 0},
	{PROVIDER_NEW, 429, "{\"status\":199}", FAILURE_RATE_LIMITED, EFFECT_NONE, 0},
	{PROVIDER_NEW, 200, "{\"status\":199,\"message\":\"?\"}", FAILURE_TRANSIENT, EFFECT_NONE, 0},
	{PROVIDER_NEW, 200, "{\"message\":\"?\"}", FAILURE_TRANSIENT, EFFECT_NONE, 0},
	{PROVIDER_NEW, 500, "{\"status\":199}", FAILURE_TRANSIENT, EFFECT_UNKNOWN, 0},
	{PROVIDER_NEW, 500,
		"{\"status\":100,\"message\":\"proxy nay se die sau 1777s\",\"proxyhttp\":\"171.229.1.2:39008:u1:p1\",\"proxysocks5\":\"171.229.1.2:39009:u1:p1\",\"Nha Mang\":\"viettel\",\"Vi Tri\":\"HaNoi1\",\"Token expiration date\":\"15:04 10-07-2024\",\"ip\":\"171.229.1.3\"}",
		FAILURE_TRANSIENT, EFFECT_UNKNOWN, 0},
	{PROVIDER_NEW, 200, "{\"status\":100,\"message\":\"ok\"}", FAILURE_TRANSIENT, EFFECT_UNKNOWN, 0},
	{PROVIDER_NEW, 200, "{\"status\":100,\"proxyhttp\":\"171.229.1.2:0:u:p\"}", FAILURE_TRANSIENT,
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
	assert_private_is_refused(vendor, "{\"status\":100,\"proxyhttp\":\"127.0.0.1:6379::\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builds_its_calls),
		cmocka_unit_test(reads_a_good_answer),
		cmocka_unit_test(an_upstream_without_credentials_ends_in_colons),
		cmocka_unit_test(every_class_is_recognised),
		cmocka_unit_test(private_upstreams_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
