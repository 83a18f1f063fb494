/* test_endpoint.c: which ways reach an endpoint, and their addresses. */
#include "tests/unit/shared/model/unit.h"

#include <stdio.h>

#include "shared/base/buf.h"
#include "shared/model/endpoint.h"

static struct public_access with_names(void)
{
	return (struct public_access){
		.socks5 = true,
		.domain = s("example.com"),
		.http_port = 80,
		.port_start = 9000,
		.port_end = 9999,
	};
}

/* One line an endpoint: "way scheme host port". */
static void assert_ways(const struct public_access *access, int64_t number, const char *expected)
{
	struct endpoint endpoints[ENDPOINT_MAX];
	size_t count = endpoint_list(access, s("proxy1"), number, endpoints);
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = 0; i < count; i++)
		buf_printf(&out, "%s %s %s %u\n", endpoint_way_text(endpoints[i].way), endpoints[i].scheme,
			endpoints[i].host, endpoints[i].port);
	assert_string_equal(buf_str(&out), expected);
	buf_done(&out);
}

static void ways(void **state)
{
	struct public_access access = with_names();

	(void)state;
	assert_ways(&access, 1,
		"port http proxy1.example.com 9001\nport socks5h proxy1.example.com 9001\n"
		"credentials http proxy.example.com 80\ncredentials socks5h proxy.example.com 80\n");
	/* Outside the range there is no port way. */
	assert_ways(&access, 1000,
		"credentials http proxy.example.com 80\ncredentials socks5h proxy.example.com 80\n");

	access.tls_port = 443;
	access.port_start = 0;
	access.has_address_pool = true;
	assert_true(ip_cidr_parse(s("2001:db8::/64"), &access.address_pool));
	assert_ways(&access, 1,
		"address http proxy1.example.com 80\naddress socks5h proxy1.example.com 80\n"
		"sni https proxy1.example.com 443\n"
		"credentials http proxy.example.com 80\ncredentials socks5h proxy.example.com 80\n");

	access = (struct public_access){.domain = s("example.com")};
	assert_ways(&access, 1, "");
}

static void without_names(void **state)
{
	struct public_access access = with_names();
	char name[ENDPOINT_NAME_BYTES];

	(void)state;
	endpoint_name(&access, s("proxy1"), 1, name);
	assert_string_equal(name, "proxy1.example.com");

	access.domain = s("203.0.113.9");
	access.tls_port = 443;
	assert_ways(&access, 1,
		"port http 203.0.113.9 9001\nport socks5h 203.0.113.9 9001\n"
		"credentials http 203.0.113.9 80\ncredentials socks5h 203.0.113.9 80\n");
	endpoint_name(&access, s("proxy1"), 1, name);
	assert_string_equal(name, "203.0.113.9:9001");
	endpoint_name(&access, s("proxy1"), 5000, name);
	assert_string_equal(name, "203.0.113.9:80");

	access.domain = SLICE_NONE;
	assert_ways(&access, 1, "");
	endpoint_name(&access, s("proxy1"), 1, name);
	assert_string_equal(name, "proxy1");

	access.host = s("2001:db8::1");
	endpoint_name(&access, s("proxy1"), 1, name);
	assert_string_equal(name, "[2001:db8::1]:9001");
}

static void ports(void **state)
{
	struct public_access access = with_names();
	uint16_t port = 42;

	(void)state;
	assert_true(endpoint_port(&access, 999, &port));
	assert_int_equal(port, 9999);
	assert_false(endpoint_port(&access, 1000, &port));
	assert_false(endpoint_port(&access, 0, &port));
	assert_false(endpoint_port(&access, -1, &port));
	assert_false(endpoint_port(&access, INT64_MAX, &port));
	access.port_end = 8999;
	assert_false(endpoint_port(&access, 1, &port));
	access = (struct public_access){.port_start = 65000, .port_end = 65535};
	assert_true(endpoint_port(&access, 535, &port));
	assert_int_equal(port, 65535);
	assert_false(endpoint_port(&access, 536, &port));
}

static void assert_address(const char *pool, int64_t number, const char *expected)
{
	struct public_access access = {.socks5 = true, .has_address_pool = true};
	struct ip_addr addr;
	char text[IP_TEXT_BYTES];

	assert_true(ip_cidr_parse(s(pool), &access.address_pool));
	bool ok = endpoint_address(&access, number, &addr);
	assert_int_equal(ok, expected != NULL);
	if (!ok)
		return;
	ip_addr_text(&addr, text);
	assert_string_equal(text, expected);
}

static void addresses(void **state)
{
	struct public_access none = {.socks5 = true};
	struct ip_addr addr;

	(void)state;
	assert_address("203.0.113.0/24", 1, "203.0.113.1");
	assert_address("203.0.113.0/24", 255, "203.0.113.255");
	assert_address("203.0.113.0/24", 256, NULL);
	assert_address("203.0.112.0/23", 256, "203.0.113.0");
	assert_address("2001:db8::/64", 65536, "2001:db8::1:0");
	assert_address("2001:db8::/64", INT64_MAX, "2001:db8::7fff:ffff:ffff:ffff");
	assert_address("2001:db8::/96", 4294967296, NULL);
	assert_address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00/120", 256, NULL);
	assert_address("203.0.113.0/24", 0, NULL);
	assert_address("203.0.113.0/24", -1, NULL);
	assert_false(endpoint_address(&none, 1, &addr));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ways),
		cmocka_unit_test(without_names),
		cmocka_unit_test(ports),
		cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
