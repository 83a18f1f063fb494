/* test_kiotproxy.c: requests, and answers of every class in their recorded form.
 * Longer than 400 lines because each class and each trap has its answer here. */
#include "scheduler/providers/provider.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct provider *const kiot = &provider_kiotproxy;

#define NOW     "1718029532890"
#define KEY     "K5ecretKey00000000000000000000"
#define TAIL(n) "\"success\":true,\"code\":200,\"timestamp\":" n ",\"status\":\"SUCCESS\"}"

static const char good[] =
	"{\"data\":{\"realIpAddress\":\"171.229.1.2\",\"http\":\"171.229.1.2:39008\",\"socks5\":\"171.229.1.2:39009\","
	"\"nextRequestAt\":1718029591927,\"httpPort\":39008,\"socks5Port\":39009,\"host\":\"171.229.1.2\","
	"\"location\":\"Phú Thọ\",\"expirationAt\":1718030731927,\"ttl\":1200,\"ttc\":59}," TAIL(NOW);

static struct provider_reply read_call(enum provider_call call, uint32_t http, const char *body)
{
	struct provider_answer answer = {.http_status = http,
		.body = slice_from_str(body),
		.key = SLICE_LIT(KEY),
		.policy = ADDRESS_PUBLIC_ONLY};
	struct provider_reply reply;

	kiot->read(call, &answer, &reply);
	return reply;
}

/* --- requests
 * ------------------------------------------------------------------------------------------------ */

static void assert_url(enum provider_call call, const char *key, const char *region, const char *expected)
{
	struct provider_request request;
	struct err err;

	provider_request_init(&request);
	assert_true(kiot->build(call, SLICE_LIT("https://v.test/api/v1"), slice_from_str(key),
		slice_from_str(region), &request, &err));
	assert_string_equal(buf_str(&request.url), expected);
	assert_string_equal(request.method, "GET");
	assert_null(request.content_type);
	provider_request_done(&request);
}

static void builds_the_three_calls(void **state)
{
	(void)state;
	assert_url(PROVIDER_NEW, "K1", "bac", "https://v.test/api/v1/proxies/new?key=K1&region=bac");
	assert_url(PROVIDER_NEW, "K1", "", "https://v.test/api/v1/proxies/new?key=K1");
	assert_url(PROVIDER_CURRENT, "K1", "bac", "https://v.test/api/v1/proxies/current?key=K1");
	assert_url(PROVIDER_RELEASE, "K1", "", "https://v.test/api/v1/proxies/out?key=K1");
}

static void a_key_cannot_leave_its_parameter(void **state)
{
	(void)state;
	assert_url(PROVIDER_CURRENT, "a&b=c#d%20+/?:@\"", "",
		"https://v.test/api/v1/proxies/current?key=a%26b%3Dc%23d%2520%2B%2F%3F%3A%40%22");
	assert_url(
		PROVIDER_NEW, "K", "a&key=b", "https://v.test/api/v1/proxies/new?key=K&region=a%26key%3Db");
}

static void refuses_what_no_key_looks_like(void **state)
{
	static const char *const bad[] = {"", "a b", "a\r\nHost: x", "k\xc3\xa9y", "\x7f"};
	struct provider_request request;
	struct err err;
	char too_long[130];

	(void)state;
	provider_request_init(&request);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(kiot->build(PROVIDER_NEW, SLICE_LIT("http://v"), slice_from_str(bad[i]),
			SLICE_NONE, &request, &err));
	memset(too_long, 'k', 129);
	assert_false(kiot->build(
		PROVIDER_NEW, SLICE_LIT("http://v"), slice_of(too_long, 129), SLICE_NONE, &request, &err));
	assert_true(kiot->build(
		PROVIDER_NEW, SLICE_LIT("http://v"), slice_of(too_long, 128), SLICE_NONE, &request, &err));
	provider_request_done(&request);
}

/* --- success
 * ------------------------------------------------------------------------------------------------- */

static void reads_the_documented_answer(void **state)
{
	struct provider_reply r = read_call(PROVIDER_NEW, 200, good);

	(void)state;
	assert_int_equal(r.class, FAILURE_NONE);
	assert_int_equal(r.effect, EFFECT_DONE);
	assert_string_equal(r.http, "171.229.1.2:39008");
	assert_string_equal(r.socks5, "171.229.1.2:39009");
	assert_string_equal(r.user, "");
	assert_string_equal(r.exit_ip, "171.229.1.2");
	assert_string_equal(r.location, "Phú Thọ");
	assert_string_equal(r.expires_at, "1718030731927");
	assert_int_equal(r.expires_in_ms, 1718030731927 - 1718029532890);
	assert_int_equal(r.next_change_in_ms, 1718029591927 - 1718029532890);
	assert_int_equal(r.ttl, 1200);
	assert_int_equal(r.ttc, 59);
}

static void takes_the_age_of_the_answer_off(void **state)
{
	struct provider_answer answer = {.http_status = 200, .body = slice_from_str(good), .age_ms = 10000};
	struct provider_reply r;

	(void)state;
	kiot->read(PROVIDER_NEW, &answer, &r);
	assert_int_equal(r.expires_in_ms, 1718030731927 - 1718029532890 - 10000);
	answer.age_ms = 60000;
	kiot->read(PROVIDER_NEW, &answer, &r);
	assert_int_equal(r.next_change_in_ms, 0);
}

static void reads_numbers_in_any_type(void **state)
{
	struct provider_reply r = read_call(PROVIDER_NEW, 200,
		"{\"data\":{\"http\":\"171.229.1.2:39008\",\"nextRequestAt\":\"1718029591927\",\"expirationAt\":1.718030731927E12,"
		"\"ttl\":\"1200\",\"ttc\":59.0},\"success\":true,\"timestamp\":\"" NOW "\"}");

	(void)state;
	assert_int_equal(r.class, FAILURE_NONE);
	assert_int_equal(r.expires_in_ms, 1718030731927 - 1718029532890);
	assert_int_equal(r.next_change_in_ms, 1718029591927 - 1718029532890);
	assert_int_equal(r.ttl, 1200);
	assert_int_equal(r.ttc, 59);
	assert_string_equal(r.socks5, "");
}

static void next_change_falls_back(void **state)
{
	struct provider_reply r = read_call(PROVIDER_NEW, 200,
		"{\"data\":{\"http\":\"171.229.1.2:1\",\"nextRequestAt\":0,\"ttc\":45,\"expirationAt\":1718030731927}," TAIL(
			NOW));

	(void)state;
	assert_int_equal(r.next_change_in_ms, 45000);
	r = read_call(PROVIDER_NEW, 200,
		"{\"data\":{\"http\":\"171.229.1.2:1\",\"expirationAt\":1718030731927}," TAIL(NOW));
	assert_int_equal(r.next_change_in_ms, 120000);
	/* A stamp that is years away must not stop rotation for good. */
	r = read_call(PROVIDER_NEW, 200,
		"{\"data\":{\"http\":\"171.229.1.2:1\",\"nextRequestAt\":9718029591927,\"expirationAt\":1718030731927}," TAIL(
			NOW));
	assert_int_equal(r.next_change_in_ms, 86400000);
}

static void a_dead_upstream_is_none(void **state)
{
	static const char body[] =
		"{\"data\":{\"http\":\"171.229.1.2:1\",\"expirationAt\":1718029532889}," TAIL(NOW);
	struct provider_reply r = read_call(PROVIDER_CURRENT, 200, body);

	(void)state;
	assert_int_equal(r.class, FAILURE_NOT_ASSIGNED);
	r = read_call(PROVIDER_NEW, 200, body);
	assert_int_equal(r.class, FAILURE_TRANSIENT);
	assert_int_equal(r.effect, EFFECT_DONE);
}

static void reads_both_forms_of_credentials(void **state)
{
	struct provider_reply r = read_call(PROVIDER_NEW, 200,
		"{\"data\":{\"http\":\"171.229.1.2:1:user1:p:a;ss\",\"socks5\":\"171.229.1.2:2:user1:p:a;ss\"}," TAIL(
			NOW));

	(void)state;
	assert_int_equal(r.class, FAILURE_NONE);
	assert_string_equal(r.http, "171.229.1.2:1");
	assert_string_equal(r.socks5, "171.229.1.2:2");
	assert_string_equal(r.user, "user1");
	assert_string_equal(r.pass, "p:a;ss");
	r = read_call(PROVIDER_NEW, 200,
		"{\"data\":{\"http\":\"171.229.1.2:1\",\"proxyUser\":\"u\",\"proxyPass\":\"p\"}," TAIL(NOW));
	assert_string_equal(r.user, "u");
	assert_string_equal(r.pass, "p");
	r = read_call(PROVIDER_NEW, 200,
		"{\"data\":{\"http\":\"171.229.1.2:1\",\"proxyUser\":\"u\\r\\nX: y\",\"proxyPass\":\"p\"}," TAIL(
			NOW));
	assert_int_equal(r.class, FAILURE_TRANSIENT);
	assert_int_equal(r.effect, EFFECT_DONE);
}

static void joins_host_and_port(void **state)
{
	struct provider_reply r = read_call(PROVIDER_NEW, 200,
		"{\"data\":{\"host\":\"171.229.1.2\",\"httpPort\":39008,\"socks5Port\":\"39009\"}," TAIL(
			NOW));

	(void)state;
	assert_int_equal(r.class, FAILURE_NONE);
	assert_string_equal(r.http, "171.229.1.2:39008");
	assert_string_equal(r.socks5, "171.229.1.2:39009");
	r = read_call(PROVIDER_NEW, 200, "{\"data\":{\"host\":\"171.229.1.2\"}," TAIL(NOW));
	assert_int_equal(r.class, FAILURE_TRANSIENT);
	assert_int_equal(r.effect, EFFECT_DONE);
}

static void refuses_upstreams_inside_this_network(void **state)
{
	static const char *const bad[] = {"127.0.0.1:6379", "169.254.169.254:80", "10.0.0.1:80",
		"192.168.1.1:80", "172.16.0.1:80", "100.64.0.1:80", "0.0.0.0:80", "224.0.0.1:80", "[::1]:80",
		"[::ffff:127.0.0.1]:80", "[fd00::1]:80", "127.1:80", "2130706433:80", "0x7f.0.0.1:80",
		"017700000001:80", "localhost:80", "metadata.google.internal:80", "127.0.0.1.:80",
		"171.229.1.2", "171.229.1.2:0", "171.229.1.2:65536", "171.229.1.2:80:u", " 171.229.1.2:80",
		"http://171.229.1.2:80", "171.229.1.2:080", "127.0.0.1:80:u:p"};
	struct provider_reply r;
	char body[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		snprintf(body, sizeof(body), "{\"data\":{\"http\":\"%s\"}," TAIL(NOW), bad[i]);
		r = read_call(PROVIDER_NEW, 200, body);
		assert_int_equal(r.class, FAILURE_TRANSIENT);
		assert_int_equal(r.effect, EFFECT_DONE);
		assert_true(r.reason[0] != '\0');
	}
	/* One good address does not carry a bad one. */
	r = read_call(PROVIDER_NEW, 200,
		"{\"data\":{\"http\":\"171.229.1.2:80\",\"socks5\":\"127.0.0.1:1\"}," TAIL(NOW));
	assert_int_equal(r.class, FAILURE_TRANSIENT);
}

static void private_upstreams_may_be_allowed(void **state)
{
	struct provider_answer answer = {.http_status = 200,
		.body = SLICE_LIT("{\"data\":{\"http\":\"127.0.0.1:39008\"}," TAIL(NOW)),
		.policy = ADDRESS_PRIVATE_ALLOWED};
	struct provider_reply r;

	(void)state;
	kiot->read(PROVIDER_NEW, &answer, &r);
	assert_int_equal(r.class, FAILURE_NONE);
	assert_string_equal(r.http, "127.0.0.1:39008");
}

static void texts_are_made_harmless(void **state)
{
	struct provider_reply r = read_call(PROVIDER_NEW, 200,
		"{\"data\":{\"http\":\"171.229.1.2:1\",\"location\":\"Hà\\r\\nX: y\\u202e\\u0007 " KEY "\","
		"\"realIpAddress\":\"<script>\"}," TAIL(NOW));

	(void)state;
	assert_int_equal(r.class, FAILURE_NONE);
	assert_string_equal(r.location, "Hà  X: y   ***");
	assert_string_equal(r.exit_ip, "");
}

static void release_needs_no_data(void **state)
{
	struct provider_reply r = read_call(PROVIDER_RELEASE, 200, "{\"data\":true," TAIL(NOW));

	(void)state;
	assert_int_equal(r.class, FAILURE_NONE);
	r = read_call(PROVIDER_NEW, 200, "{\"data\":true," TAIL(NOW));
	assert_int_equal(r.class, FAILURE_TRANSIENT);
	assert_int_equal(r.effect, EFFECT_UNKNOWN);
}

/* --- failures
 * ------------------------------------------------------------------------------------------------ */

struct failure_case {
	uint32_t http;
	const char *body;
	enum failure_class class;
	uint64_t retry_in_ms;
};

#define FAIL(code, message, error)                                                            \
	"{\"success\":false,\"code\":" code ",\"message\":\"" message "\",\"timestamp\":" NOW \
	",\"status\":\"FAIL\",\"error\":\"" error "\"}"

static const struct failure_case failures[] = {
	{404, FAIL("40400006", "Không tìm thấy key", "KEY_NOT_FOUND"), FAILURE_INVALID_KEY, 0},
	{400, FAIL("40400006", "", ""), FAILURE_INVALID_KEY, 0},
	{200, FAIL("\"40400006\"", "", ""), FAILURE_INVALID_KEY, 0},
	{400, FAIL("1", "Key proxy đã hết hạn, vui lòng gia hạn", "KEY_EXPIRED"), FAILURE_EXPIRED_KEY, 0},
	{400, FAIL("1", "Key proxy đã hết hạn", "SOMETHING"), FAILURE_EXPIRED_KEY, 0},
	{400, FAIL("40001038", "Vui lòng đổi proxy sau 45 giây", "X"), FAILURE_COOLDOWN, 45000},
	{200, FAIL("7", "Thử lại Sau 1 giây nhé", ""), FAILURE_COOLDOWN, 1000},
	{400, "{\"success\":false,\"code\":7,\"data\":{\"ttc\":30},\"timestamp\":" NOW "}", FAILURE_COOLDOWN,
		30000},
	{400,
		"{\"success\":false,\"code\":40001038,\"data\":{\"nextRequestAt\":1718029542890},\"timestamp\":" NOW
		"}",
		FAILURE_COOLDOWN, 10000},
	{400, FAIL("40001038", "", ""), FAILURE_COOLDOWN, 120000},
	{429, FAIL("1", "Thử lại sau 90 giây", ""), FAILURE_RATE_LIMITED, 90000},
	{400, FAIL("1", "Vượt quá giới hạn", ""), FAILURE_RATE_LIMITED, 0},
	{200, FAIL("1", "Bạn thao tác quá nhiều lần", ""), FAILURE_RATE_LIMITED, 0},
	{400, FAIL("1", "Hết proxy trong khu vực này", "PROXY_OUT_OF_STOCK"), FAILURE_NO_STOCK, 0},
	{400, FAIL("1", "Hết proxy trong khu vực này", ""), FAILURE_NO_STOCK, 0},
	{400, FAIL("1", "Có lỗi xảy ra", "WHATEVER"), FAILURE_TRANSIENT, 0},
	{400, "{\"success\":false}", FAILURE_TRANSIENT, 0},
	{400, "{}", FAILURE_TRANSIENT, 0},
	{403, FAIL("1", "Không được phép", ""), FAILURE_TRANSIENT, 0},
	{302, "<html>Moved</html>", FAILURE_TRANSIENT, 0},
	{403, "<!DOCTYPE html><html>Sorry, you have been blocked</html>", FAILURE_FIREWALL, 0},
	{403, "", FAILURE_FIREWALL, 0},
	{429, "slow down", FAILURE_RATE_LIMITED, 0},
};

static void every_refusal_has_its_class(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		struct provider_reply r = read_call(PROVIDER_NEW, failures[i].http, failures[i].body);

		if (r.class != failures[i].class || r.retry_in_ms != failures[i].retry_in_ms)
			print_message("case %zu: %s\n", i, failures[i].body);
		assert_int_equal(r.class, failures[i].class);
		assert_int_equal(r.retry_in_ms, failures[i].retry_in_ms);
		assert_int_equal(r.effect, EFFECT_NONE);
	}
}

/* The server may have done the work before it answered so. */
static void doubtful_answers_are_doubted(void **state)
{
	static const struct failure_case doubtful[] = {
		{500, "<html>Internal Server Error</html>", FAILURE_TRANSIENT, 0},
		{502, FAIL("1", "Lỗi hệ thống", "INTERNAL"), FAILURE_TRANSIENT, 0},
		{200, "{\"data\":{\"realIpAddress\":\"127.0.0.\xff\",\"http\":[", FAILURE_TRANSIENT, 0},
		{200, "", FAILURE_TRANSIENT, 0},
		{200, "[]", FAILURE_TRANSIENT, 0},
		{200, "null", FAILURE_TRANSIENT, 0},
		{200, "{\"success\":true,\"data\":[1]}", FAILURE_TRANSIENT, 0},
		{200, "{\"success\":true,\"success\":false}", FAILURE_TRANSIENT, 0},
		{500, "{\"data\":{\"http\":\"171.229.1.2:1\"}," TAIL(NOW), FAILURE_TRANSIENT, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(doubtful); i++) {
		struct provider_reply r = read_call(PROVIDER_NEW, doubtful[i].http, doubtful[i].body);

		assert_int_equal(r.class, FAILURE_TRANSIENT);
		assert_int_equal(r.effect, EFFECT_UNKNOWN);
	}
}

static void not_assigned_answers_current_only(void **state)
{
	static const char body[] = FAIL("40001050", "Không tìm thấy proxy", "PROXY_NOT_FOUND_BY_KEY");

	(void)state;
	assert_int_equal(read_call(PROVIDER_CURRENT, 400, body).class, FAILURE_NOT_ASSIGNED);
	assert_int_equal(read_call(PROVIDER_NEW, 400, body).class, FAILURE_TRANSIENT);
}

static void the_key_is_masked_in_messages(void **state)
{
	struct provider_reply r =
		read_call(PROVIDER_NEW, 404, FAIL("40400006", "Không có key " KEY "!", "KEY_NOT_FOUND"));

	(void)state;
	assert_string_equal(r.message, "Không có key ***!");
}

static void retry_after_is_obeyed_within_bounds(void **state)
{
	struct provider_answer answer = {
		.http_status = 429, .body = SLICE_LIT("{\"success\":false}"), .retry_after_s = 77};
	struct provider_reply r;

	(void)state;
	kiot->read(PROVIDER_NEW, &answer, &r);
	assert_int_equal(r.retry_in_ms, 77000);
	answer.retry_after_s = 1000000;
	kiot->read(PROVIDER_NEW, &answer, &r);
	assert_int_equal(r.retry_in_ms, 1800000);
}

static void vendors_are_found_by_name(void **state)
{
	struct provider_request request;
	struct err err;

	(void)state;
	assert_ptr_equal(provider_find(SLICE_LIT("kiotproxy")), &provider_kiotproxy);
	assert_ptr_equal(provider_find(SLICE_NONE), &provider_kiotproxy);
	assert_ptr_equal(provider_find(SLICE_LIT("static")), &provider_static);
	assert_null(provider_find(SLICE_LIT("nobody")));
	provider_request_init(&request);
	assert_false(provider_static.build(
		PROVIDER_NEW, SLICE_LIT("http://v"), SLICE_LIT("k"), SLICE_NONE, &request, &err));
	provider_request_done(&request);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builds_the_three_calls),
		cmocka_unit_test(a_key_cannot_leave_its_parameter),
		cmocka_unit_test(refuses_what_no_key_looks_like),
		cmocka_unit_test(reads_the_documented_answer),
		cmocka_unit_test(takes_the_age_of_the_answer_off),
		cmocka_unit_test(reads_numbers_in_any_type),
		cmocka_unit_test(next_change_falls_back),
		cmocka_unit_test(a_dead_upstream_is_none),
		cmocka_unit_test(reads_both_forms_of_credentials),
		cmocka_unit_test(joins_host_and_port),
		cmocka_unit_test(refuses_upstreams_inside_this_network),
		cmocka_unit_test(private_upstreams_may_be_allowed),
		cmocka_unit_test(texts_are_made_harmless),
		cmocka_unit_test(release_needs_no_data),
		cmocka_unit_test(every_refusal_has_its_class),
		cmocka_unit_test(doubtful_answers_are_doubted),
		cmocka_unit_test(not_assigned_answers_current_only),
		cmocka_unit_test(the_key_is_masked_in_messages),
		cmocka_unit_test(retry_after_is_obeyed_within_bounds),
		cmocka_unit_test(vendors_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
