/* test_proxy.c: reading records. */
#include "tests/unit/shared/model/unit.h"

#include <malloc.h>
#include <stdio.h>

#include "shared/base/clock.h"
#include "shared/model/proxy.h"

/* As long as a record of a proxy in use is. */
static const char FULL[] =
	"{\"id\":\"7\",\"user_id\":\"1\",\"key_name\":\"Shop Hà Nội 7\",\"provider\":\"kiotproxy\","
	"\"provider_key\":\"v1:Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6\","
	"\"subdomain\":\"proxy7\",\"number\":\"7\",\"region\":\"bac\",\"is_active\":\"1\",\"tags\":\"[\\\"a\\\",\\\"b\\\"]\","
	"\"note\":\"\",\"remote_http\":\"171.229.1.2:39008\",\"remote_socks5\":\"171.229.1.2:39009\",\"remote_user\":\"\","
	"\"remote_password\":\"\",\"remote_ip\":\"171.229.1.2\",\"location\":\"Phú Thọ\","
	"\"expiration_at\":\"1718030731927\",\"provider_expires_at\":\"1718030731927\","
	"\"next_request_at\":\"1718029591927\",\"ttl\":\"1200\",\"ttc\":\"59\",\"last_rotated_at\":\"1718029532890\","
	"\"created_at\":\"1718000000000\",\"status\":\"active\",\"last_error\":\"null\",\"latency_ms\":\"120\","
	"\"last_check_at\":\"1718029540000\",\"check_failures\":\"0\",\"rotate_mode\":\"interval\","
	"\"rotate_interval_minutes\":\"10\",\"rotate_idle_only\":\"0\",\"rotation_state\":\"idle\","
	"\"rotation_scheduled_at\":\"0\",\"due_at\":\"1718030671927\",\"on_rotate\":\"keep\",\"drain_seconds\":\"30\","
	"\"password\":\"v1:Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFy\","
	"\"password_hash\":\"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\","
	"\"allow\":\"[{\\\"cidr\\\":\\\"1.2.3.4/32\\\",\\\"until\\\":null}]\",\"limits\":\"{\\\"connections\\\":50}\","
	"\"restart_seq\":\"2\",\"paid_until\":\"\",\"price_vnd\":\"30000\",\"plan_days\":\"30\",\"open_slot\":\"12\","
	"\"last_slot\":\"11\",\"attempted_slot\":\"0\",\"fence\":\"14\",\"claim_job\":\"\",\"version\":\"991\","
	"\"of_a_newer_program\":\"x\"}";

static void full_record(void **state)
{
	struct err err = {0};

	(void)state;
	struct proxy *p = proxy_from_record(s(FULL), &err);
	if (!p) {
		fail_msg("%s", err.msg);
		return;
	}
	assert_int_equal(p->id, 7);
	assert_slice(p->key_name, "Shop Hà Nội 7");
	assert_slice(p->subdomain, "proxy7");
	assert_true(p->is_active);
	assert_slice(p->tags, "[\"a\",\"b\"]");
	assert_slice(p->note, "");
	assert_slice(p->location, "Phú Thọ");
	assert_int_equal(p->expiration_at, 1718030731927);
	assert_int_equal(p->status, PROXY_ACTIVE);
	assert_slice(p->last_error, "null");
	assert_int_equal(p->rotate_mode, ROTATE_INTERVAL);
	assert_int_equal(p->on_rotate, ON_ROTATE_KEEP);
	assert_false(p->rotate_idle_only);
	assert_slice(p->allow, "[{\"cidr\":\"1.2.3.4/32\",\"until\":null}]");
	assert_slice(p->limits, "{\"connections\":50}");
	assert_int_equal(p->paid_until, 0);
	assert_int_equal(p->plan_days, 30);
	proxy_free(p);
	proxy_free(NULL);
}

static void smallest_record(void **state)
{
	struct proxy *p = proxy_from_record(s("{\"id\":\"1\"}"), NULL);

	(void)state;
	assert_non_null(p);
	assert_int_equal(p->status, PROXY_PENDING);
	assert_int_equal(p->rotation_state, ROTATION_IDLE);
	assert_false(p->is_active);
	assert_slice(p->tags, "[]");
	assert_slice(p->allow, "[]");
	assert_slice(p->limits, "{}");
	assert_slice(p->last_error, "null");
	assert_slice(p->key_name, "");
	assert_int_equal(p->text_bytes, 0);
	proxy_free(p);
}

static void refused(void **state)
{
	static const char *const WRONG[] = {
		"",
		"[]",
		"{}",
		"{\"id\":\"0\"}",
		"{\"id\":\"-1\"}",
		"{\"id\":7}",
		"{\"id\":\"7 \"}",
		"{\"id\":\"7\",\"key_name\":null}",
		"{\"id\":\"7\",\"number\":\"seven\"}",
		"{\"id\":\"7\",\"ttl\":\"99999999999999999999\"}",
		"{\"id\":\"7\",\"is_active\":\"true\"}",
		"{\"id\":\"7\",\"status\":\"fine\"}",
		"{\"id\":\"7\",\"rotation_state\":\"active\"}",
		"{\"id\":\"7\",\"rotate_mode\":\"drain\"}",
		"{\"id\":\"7\",\"on_rotate\":\"manual\"}",
		"{\"id\":\"7\",\"tags\":\"{}\"}",
		"{\"id\":\"7\",\"tags\":\"[1\"}",
		"{\"id\":\"7\",\"allow\":\"null\"}",
		"{\"id\":\"7\",\"limits\":\"[]\"}",
		"{\"id\":\"7\",\"last_error\":\"[]\"}",
		"{\"id\":\"7\",\"last_error\":\"oops\"}",
		"{\"id\":\"7\",\"id\":\"8\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(WRONG); i++) {
		struct err err = {0};

		if (proxy_from_record(s(WRONG[i]), &err))
			fail_msg("accepted: %s", WRONG[i]);
		assert_true(slice_has_prefix(s(err.msg), s("record: ")));
	}
}

/* The order of a hash's members is not ours to choose. */
static void any_order(void **state)
{
	struct proxy *p = proxy_from_record(
		s("{\"version\":\"9\",\"x\":\"\",\"number\":\"3\",\"user_id\":\"5\",\"id\":\"2\",\"note\":\"n\"}"),
		NULL);

	(void)state;
	assert_non_null(p);
	assert_int_equal(p->number, 3);
	assert_int_equal(p->user_id, 5);
	assert_int_equal(p->id, 2);
	assert_slice(p->note, "n");
	proxy_free(p);
}

static void cooldown_ends_by_itself(void **state)
{
	struct proxy p = {.rotation_state = ROTATION_COOLDOWN, .next_request_at = 1000};

	(void)state;
	assert_int_equal(proxy_rotation_state(&p, 999), ROTATION_COOLDOWN);
	assert_int_equal(proxy_rotation_state(&p, 1000), ROTATION_IDLE);
	p.rotation_state = ROTATION_IDLE;
	assert_int_equal(proxy_rotation_state(&p, 999), ROTATION_COOLDOWN);
	p.rotation_state = ROTATION_SCHEDULED;
	assert_int_equal(proxy_rotation_state(&p, 999), ROTATION_SCHEDULED);
	p.rotation_state = ROTATION_ROTATING;
	assert_int_equal(proxy_rotation_state(&p, 2000), ROTATION_ROTATING);
}

/* A million of them must fit beside everything else. */
static void cost(void **state)
{
	enum { ROUNDS = 20000, LIMIT_BYTES = 1536 };
	uint64_t start_us = clock_now_us();

	(void)state;
	for (int i = 0; i < ROUNDS; i++)
		proxy_free(proxy_from_record(s(FULL), NULL));
	uint64_t took_us = clock_now_us() - start_us;
	struct proxy *p = proxy_from_record(s(FULL), NULL);
	size_t usable = malloc_usable_size(p);
	printf("record: %zu bytes (struct %zu, texts %zu), %lu ns to read\n", usable, sizeof(*p),
		p->text_bytes, (unsigned long)(took_us * 1000 / ROUNDS));
	assert_true(usable <= LIMIT_BYTES);
	proxy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_record),
		cmocka_unit_test(smallest_record),
		cmocka_unit_test(refused),
		cmocka_unit_test(any_order),
		cmocka_unit_test(cooldown_ends_by_itself),
		cmocka_unit_test(cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
