/*
 * test_head_http_target.c: hosts on their own, as a SOCKS5 request names them: what passes here goes into the
 * upstream's "CONNECT host:port" line, so nothing that could end that line or change its meaning may pass.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay-node/head_http_target.h"

static void test_hosts_that_pass(void **state)
{
	static const char *const names[] = {"a", "shop.example", "shop.example.", "SHOP-1.example",
		"_dmarc.shop.example", "192.0.2.1", "127.1"};
	struct http_authority host;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_int_equal(
			http_host_parse(slice_from_str(names[i]), HTTP_HOST_BYTES_MAX, &host), HTTP_OK);
		assert_true(slice_eq_str(host.host, names[i]));
		assert_int_equal(host.kind, HTTP_HOST_NAME);
	}
	assert_int_equal(http_host_parse(SLICE_LIT("[2600::1]"), HTTP_HOST_BYTES_MAX, &host), HTTP_OK);
	assert_true(slice_eq_str(host.host, "2600::1"));
	assert_int_equal(host.kind, HTTP_HOST_IPV6);
	assert_int_equal(host.port, 0);
}

static void test_every_other_byte_is_refused(void **state)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	char name[] = "ab?cd";
	struct http_authority host;

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		name[2] = (char)c;
		bool want = c != 0 && strchr(allowed, (int)c);
		enum http_verdict got = http_host_parse(slice_of(name, 5), HTTP_HOST_BYTES_MAX, &host);
		if ((got == HTTP_OK) != want)
			fail_msg("byte 0x%02x in a host: %d", c, got);
	}
}

static void test_hosts_that_do_not_pass(void **state)
{
	static const char *const names[] = {"", ".", "..", ".a", "a..b", "a\r\nX: y", "a b", "me@a", "a/b",
		"a:1", "[::1", "::1", "[]", "[", "]", "[1.2.3.4]", "[::1]x", "[::1%lo]", "a%2eb", "a,b", "*"};
	struct http_authority host;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (http_host_parse(slice_from_str(names[i]), HTTP_HOST_BYTES_MAX, &host) !=
			HTTP_BAD_TARGET_HOST)
			fail_msg("'%s' passes", names[i]);
}

static void test_sizes(void **state)
{
	char name[300];
	struct http_authority host;

	(void)state;
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 64 == 63 ? '.' : 'a';
	assert_int_equal(http_host_parse(slice_of(name, 253), HTTP_HOST_BYTES_MAX, &host), HTTP_OK);
	assert_int_equal(
		http_host_parse(slice_of(name, 254), HTTP_HOST_BYTES_MAX, &host), HTTP_BAD_TARGET_HOST);
	name[63] = 'a';
	assert_int_equal(
		http_host_parse(slice_of(name, 64), HTTP_HOST_BYTES_MAX, &host), HTTP_BAD_TARGET_HOST);
}

static void test_port_rules(void **state)
{
	struct http_authority to;

	(void)state;
	assert_int_equal(http_authority_parse(SLICE_LIT("a"), 253, HTTP_PORT_OPTIONAL, &to), HTTP_OK);
	assert_int_equal(to.port, 0);
	assert_int_equal(
		http_authority_parse(SLICE_LIT("a"), 253, HTTP_PORT_REQUIRED, &to), HTTP_BAD_TARGET_PORT);
	assert_int_equal(http_authority_parse(SLICE_LIT("a:65535"), 253, HTTP_PORT_REQUIRED, &to), HTTP_OK);
	assert_int_equal(to.port, 65535);
	assert_int_equal(http_authority_parse(SLICE_LIT("[::1]:1"), 253, HTTP_PORT_REQUIRED, &to), HTTP_OK);
	assert_int_equal(to.port, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts_that_pass),
		cmocka_unit_test(test_every_other_byte_is_refused),
		cmocka_unit_test(test_hosts_that_do_not_pass),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_port_rules),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
