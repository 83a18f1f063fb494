/* Who is let in: by address, or by user and password, and nobody else. */
#include "relay-node/admission.h"

#include "shared/crypto/base64.h"
#include "tests/unit/relay-node/route_maker.h"
#include "tests/unit/test.h"

static struct keyring *keyring;
static struct admission_cache cache;

static struct ip_addr addr_of(const char *text)
{
	struct ip_addr addr;

	assert_true(ip_addr_parse(slice_from_str(text), &addr));
	return addr;
}

static struct basic_auth auth_of(const char *user, const char *password)
{
	struct basic_auth auth;
	struct buf plain, value;

	buf_init(&plain, 0);
	buf_init(&value, 0);
	buf_printf(&plain, "%s:%s", user, password);
	buf_append_str(&value, "Basic ");
	base64_encode(BASE64_STANDARD, buf_slice(&plain), &value);
	assert_int_equal(basic_auth_parse(buf_slice(&value), &auth), BASIC_AUTH_OK);
	buf_done(&plain);
	buf_done(&value);
	return auth;
}

static struct route *route_with(const char *allow, const char *password, unsigned ver)
{
	char hash[HEX_SHA256_BYTES];
	struct route *route;

	if (password)
		keyring_proxy_password_hash(keyring, 7, slice_from_str(password), hash);
	route = test_route(
		(struct route_text){.id = 7, .allow = allow, .hash = password ? hash : NULL, .ver = ver});
	assert_non_null(route);
	return route;
}

static enum admission_verdict check(
	const struct route *route, const char *addr, int64_t wall_ms, const struct basic_auth *auth)
{
	struct ip_addr client = addr_of(addr);

	return admission_check(&cache, keyring, route, &client, wall_ms, auth);
}

static void test_by_address(void **state)
{
	struct route *route = route_with("[{\"cidr\":\"192.0.2.0/24\",\"until\":null},"
					 "{\"cidr\":\"2001:db8::/32\",\"until\":5000}]",
		NULL, 1);
	struct basic_auth wrong = auth_of("proxy7", "wrong");

	(void)state;
	assert_int_equal(check(route, "192.0.2.9", 0, NULL), ADMISSION_GRANTED);
	assert_int_equal(check(route, "192.0.2.9", 0, &wrong), ADMISSION_GRANTED);
	assert_int_equal(check(route, "192.0.3.9", 0, NULL), ADMISSION_REFUSED);
	assert_int_equal(check(route, "2001:db8::1", 4999, NULL), ADMISSION_GRANTED);
	assert_int_equal(check(route, "2001:db8::1", 5001, NULL), ADMISSION_REFUSED);
	assert_int_equal(check(route, "2001:db8::1", INT64_MAX, NULL), ADMISSION_REFUSED);
	route_unref(route);
}

static void test_by_password(void **state)
{
	struct route *route = route_with("[]", "right-one", 1);
	struct basic_auth right = auth_of("proxy7", "right-one"), upper = auth_of("PROXY7", "right-one");
	struct basic_auth wrong = auth_of("proxy7", "wrong-one"), empty = auth_of("proxy7", "");
	struct basic_auth other = auth_of("proxy8", "right-one"), prefix = auth_of("proxy7", "right-on");

	(void)state;
	for (unsigned round = 0; round < 2; round++) { /* the second time from the cache */
		assert_int_equal(check(route, "192.0.2.1", 0, &right), ADMISSION_GRANTED);
		assert_int_equal(check(route, "192.0.2.1", 0, &upper), ADMISSION_GRANTED);
		assert_int_equal(check(route, "192.0.2.1", 0, &wrong), ADMISSION_REFUSED);
		assert_int_equal(check(route, "192.0.2.1", 0, &empty), ADMISSION_REFUSED);
		assert_int_equal(check(route, "192.0.2.1", 0, &other), ADMISSION_REFUSED);
		assert_int_equal(check(route, "192.0.2.1", 0, &prefix), ADMISSION_REFUSED);
		assert_int_equal(check(route, "192.0.2.1", 0, NULL), ADMISSION_REFUSED);
	}
	route_unref(route);
}

static void test_a_new_password_ends_the_old_one(void **state)
{
	struct route *old = route_with("[]", "old-password", 11),
		     *fresh = route_with("[]", "new-password", 12);
	struct basic_auth auth = auth_of("proxy7", "old-password");

	(void)state;
	assert_int_equal(check(old, "192.0.2.1", 0, &auth), ADMISSION_GRANTED);
	assert_int_equal(check(fresh, "192.0.2.1", 0, &auth), ADMISSION_REFUSED);
	route_unref(old);
	route_unref(fresh);
}

static void test_without_a_password_nobody_has_it(void **state)
{
	struct route *route = route_with("[]", NULL, 1);
	struct basic_auth empty = auth_of("proxy7", ""), any = auth_of("proxy7", "anything");

	(void)state;
	assert_int_equal(check(route, "192.0.2.1", 0, &empty), ADMISSION_REFUSED);
	assert_int_equal(check(route, "192.0.2.1", 0, &any), ADMISSION_REFUSED);
	route_unref(route);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_address),
		cmocka_unit_test(test_by_password),
		cmocka_unit_test(test_a_new_password_ends_the_old_one),
		cmocka_unit_test(test_without_a_password_nobody_has_it),
	};
	int failed;

	keyring = test_keyring();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	keyring_free(keyring);
	return failed;
}
