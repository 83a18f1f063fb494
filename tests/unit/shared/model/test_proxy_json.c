/* test_proxy_json.c: a proxy as REST shows it. */
#include "tests/unit/shared/model/unit.h"

#include <stdio.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/proxy_json.h"

static const char RECORD[] =
	"{\"id\":\"7\",\"user_id\":\"1\",\"key_name\":\"Hà \\\"7\\\"\",\"provider\":\"kiotproxy\","
	"\"provider_key\":\"v1:sealedsealed\",\"subdomain\":\"proxy7\",\"number\":\"7\",\"region\":\"bac\","
	"\"is_active\":\"1\",\"tags\":\"[\\\"a\\\"]\",\"remote_http\":\"171.229.1.2:39008\","
	"\"remote_socks5\":\"171.229.1.2:39009\",\"remote_user\":\"vendoruser\",\"remote_password\":\"v1:vendorpass\","
	"\"remote_ip\":\"171.229.1.2\",\"location\":\"Phú Thọ\",\"expiration_at\":\"1718030731927\","
	"\"next_request_at\":\"1718029591927\",\"ttl\":\"1200\",\"ttc\":\"59\",\"status\":\"unhealthy\","
	"\"last_error\":\"{\\\"class\\\":\\\"TRANSIENT\\\",\\\"params\\\":{\\\"at\\\":5},\\\"at\\\":1718029591927,"
	"\\\"retry_at\\\":0}\",\"rotate_mode\":\"interval\",\"rotate_interval_minutes\":\"10\","
	"\"rotation_state\":\"idle\",\"drain_seconds\":\"30\",\"password\":\"v1:sealedpassword\","
	"\"link_token\":\"v1:sealedlink\",\"password_hash\":\"0011\",\"claim_job\":\"rotate-7-3\","
	"\"allow\":\"[{\\\"cidr\\\":\\\"1.2.3.4/32\\\",\\\"until\\\":1718029591927},{\\\"cidr\\\":\\\"::1/128\\\","
	"\\\"until\\\":null}]\",\"limits\":\"{\\\"connections\\\":50}\",\"restart_seq\":\"2\"}";

static const char EXPECTED[] =
	"{\"id\":7,\"user_id\":1,\"key_name\":\"Hà \\\"7\\\"\",\"provider\":\"kiotproxy\","
	"\"provider_key\":\"K6fa3db6…4a77ce\",\"kiotproxy_key\":\"K6fa3db6…4a77ce\",\"subdomain\":\"proxy7\","
	"\"number\":7,\"region\":\"bac\",\"is_active\":true,\"tags\":[\"a\"],\"note\":\"\",\"paid_until\":null,"
	"\"price_vnd\":null,\"plan_days\":null,\"created_at\":null,\"remote_http\":\"171.229.1.2:39008\","
	"\"remote_socks5\":\"171.229.1.2:39009\",\"remote_ip\":\"171.229.1.2\",\"location\":\"Phú Thọ\","
	"\"expiration_at\":\"2024-06-10T14:45:31.927Z\",\"next_request_at\":\"2024-06-10T14:26:31.927Z\","
	"\"ttl\":1200,\"ttc\":59,\"last_rotated_at\":null,\"status\":\"unhealthy\","
	"\"last_error\":{\"class\":\"TRANSIENT\",\"params\":{\"at\":5},\"at\":\"2024-06-10T14:26:31.927Z\","
	"\"retry_at\":null},\"latency_ms\":null,\"last_check_at\":null,\"exit_ip\":null,\"exit_ip_checked_at\":null,\"same_ip_count\":0,\"rotate_mode\":\"interval\","
	"\"rotate_interval_minutes\":10,\"rotate_idle_only\":false,\"idle_wait_until\":null,\"rotation_state\":\"cooldown\","
	"\"rotation_scheduled_at\":null,\"due_at\":null,\"on_rotate\":\"drain\",\"drain_seconds\":30,"
	"\"restart_seq\":2,\"password\":\"s3cr~t+x\",\"rotate_link\":\"/r/t0ken\","
	"\"allow\":[{\"cidr\":\"1.2.3.4/32\",\"until\":\"2024-06-10T14:26:31.927Z\"},"
	"{\"cidr\":\"::1/128\",\"until\":null}],\"limits\":{\"connections\":50},\"endpoint\":\"proxy7.example.com\","
	"\"endpoints\":[{\"way\":\"port\",\"scheme\":\"http\",\"host\":\"proxy7.example.com\",\"port\":9007,"
	"\"username\":\"proxy7\",\"password\":\"s3cr~t+x\",\"url\":\"http://proxy7:s3cr~t%2Bx@proxy7.example.com:9007\"},"
	"{\"way\":\"port\",\"scheme\":\"socks5h\",\"host\":\"proxy7.example.com\",\"port\":9007,"
	"\"username\":\"proxy7\",\"password\":\"s3cr~t+x\","
	"\"url\":\"socks5h://proxy7:s3cr~t%2Bx@proxy7.example.com:9007\"}]}";

static const struct public_access ACCESS = {.socks5 = true,
	.domain = {"example.com", sizeof("example.com") - 1},
	.port_start = 9000,
	.port_end = 9999};

static char *shown(const struct proxy_view *view)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 0);
	json_writer_init(&w, &out);
	proxy_view_write(&w, view);
	assert_false(out.overflow);
	char *text = strdup(buf_str(&out));
	buf_done(&out);
	return text;
}

static struct proxy_view view_of(struct proxy *proxy, struct slice password)
{
	return (struct proxy_view){
		.proxy = proxy,
		.access = &ACCESS,
		.masked_key = s("K6fa3db6…4a77ce"),
		.password = password,
		.rotate_link = password.data ? SLICE_LIT("/r/t0ken") : SLICE_NONE,
		.now_ms = 1718029591000,
	};
}

static void whole(void **state)
{
	struct proxy *proxy = proxy_from_record(s(RECORD), NULL);

	(void)state;
	assert_non_null(proxy);
	struct proxy_view view = view_of(proxy, s("s3cr~t+x"));
	char *text = shown(&view);
	assert_string_equal(text, EXPECTED);
	struct json *json = json_parse(s(text), NULL, NULL);
	assert_non_null(json);
	json_free(json);
	free(text);

	view.now_ms = 1718029591927;
	text = shown(&view);
	assert_non_null(strstr(text, "\"rotation_state\":\"idle\""));
	free(text);
	proxy_free(proxy);
}

static void secrets_stay_hidden(void **state)
{
	struct proxy *proxy = proxy_from_record(s(RECORD), NULL);
	static const char *const NEVER[] = {
		"sealed", "vendorpass", "vendoruser", "0011", "rotate-7-3", "proxy7:", "password_hash"};

	(void)state;
	assert_non_null(proxy);
	struct proxy_view view = view_of(proxy, SLICE_NONE);
	char *text = shown(&view);
	for (size_t i = 0; i < ARRAY_LEN(NEVER); i++)
		if (strstr(text, NEVER[i]))
			fail_msg("shown: %s", NEVER[i]);
	assert_non_null(strstr(text, "\"rotate_link\":null"));
	assert_non_null(strstr(text, "\"password\":null,\"url\":\"http://proxy7.example.com:9007\""));
	assert_null(strstr(text, "\"password\":\""));
	free(text);
	proxy_free(proxy);
}

static void other_vendor_and_own_members(void **state)
{
	struct proxy *proxy =
		proxy_from_record(s("{\"id\":\"2\",\"provider\":\"static\",\"subdomain\":\"a\"}"), NULL);
	struct json_writer w;
	struct buf out;

	(void)state;
	assert_non_null(proxy);
	struct proxy_view view = view_of(proxy, SLICE_NONE);
	buf_init(&out, 0);
	json_writer_init(&w, &out);
	json_object_begin(&w);
	proxy_view_write_members(&w, &view);
	json_put_cstr(&w, "version", "1-2");
	json_object_end(&w);
	assert_null(strstr(buf_str(&out), "kiotproxy_key"));
	assert_non_null(strstr(buf_str(&out), "\"endpoints\":[],\"version\":\"1-2\"}"));
	assert_non_null(strstr(buf_str(&out), "\"last_error\":null"));
	buf_done(&out);
	proxy_free(proxy);
}

/* Not a check but a figure to watch: lists of thousands are written at once. */
static void cost(void **state)
{
	enum { ROUNDS = 20000 };
	struct proxy *proxy = proxy_from_record(s(RECORD), NULL);

	(void)state;
	assert_non_null(proxy);
	struct proxy_view view = view_of(proxy, s("s3cr~t+x"));
	uint64_t start_us = clock_now_us();
	for (int i = 0; i < ROUNDS; i++)
		free(shown(&view));
	printf("REST form: %zu bytes, %lu ns to write\n", sizeof(EXPECTED) - 1,
		(unsigned long)((clock_now_us() - start_us) * 1000 / ROUNDS));
	proxy_free(proxy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),
		cmocka_unit_test(secrets_stay_hidden),
		cmocka_unit_test(other_vendor_and_own_members),
		cmocka_unit_test(cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
