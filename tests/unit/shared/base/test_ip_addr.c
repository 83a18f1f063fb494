/* test_ip_addr.c: spellings that reach loopback elsewhere must not be read here, and what is read is judged.
 */
#include "shared/base/ip_addr.h"

#include <arpa/inet.h>
#include <string.h>

#include "tests/unit/test.h"

static void test_hostile_spellings(void **state)
{
	static const char *const bad[] = {
		"",
		".",
		"0",
		"1",
		"127",
		"127.1",
		"127.0.1",
		"127.0.0.1.",
		".127.0.0.1",
		"127.0.0.1 ",
		" 127.0.0.1",
		"127..0.1",
		"127.0.0.0.1",
		"2130706433",
		"017700000001",
		"0x7f000001",
		"0x7f.0.0.1",
		"0177.0.0.1",
		"127.0.0.01",
		"127.00.0.1",
		"127.0.0.256",
		"127.0.0.1000",
		"127.0.0.-1",
		"127.0.0.+1",
		"127.0.0.1/8",
		"127.0.0.1:80",
		"127.0.0.1%lo",
		"127。0。0。1",
		"127.0.0.1\n",
		"127.0.0.1\t",
		"１２７.0.0.1",
		"a.b.c.d",
		"localhost",
		"LOCALHOST",
		"localhost.",
		"[127.0.0.1]",
		"[::1]",
		"::1%lo",
		"::1%1",
		"fe80::1%eth0",
		":::1",
		"::1::",
		"1::2::3",
		"12345::",
		"::12345",
		"1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9",
		":1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:",
		"::ffff:127.1",
		"::ffff:0x7f.0.0.1",
		"::ffff:127.0.0.256",
		"::127.0.0.01",
		"::1 ",
		" ::1",
		"g::1",
		"0:0:0:0:0:0:0:0:127.0.0.1",
		"127.0.0.1::",
		"1.2.3.4:5:6::",
		"0x::1",
		"::ffff:127.0.0.1.",
		"00000::1",
		"127.0.0.1,10.0.0.1",
		"%31%32%37.0.0.1",
	};
	struct ip_addr addr;
	struct ip_cidr cidr;

	(void)state;
	assert_true(ARRAY_LEN(bad) >= 60);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (ip_addr_parse(slice_from_str(bad[i]), &addr))
			fail_msg("read as an address: %s", bad[i]);
		if (!strchr(bad[i], '/') && ip_cidr_parse(slice_from_str(bad[i]), &cidr))
			fail_msg("read as a block: %s", bad[i]);
	}
	assert_false(ip_addr_parse(SLICE_LIT("127.0.0.1\0"), &addr));
	assert_false(ip_addr_parse(SLICE_NONE, &addr));
}

static void test_public(void **state)
{
	static const char *const not_public[] = {
		"0.0.0.0",
		"0.1.2.3",
		"10.0.0.1",
		"10.255.255.255",
		"100.64.0.1",
		"100.127.255.255",
		"127.0.0.1",
		"127.255.255.255",
		"169.254.169.254",
		"172.16.0.1",
		"172.31.255.255",
		"192.0.0.1",
		"192.0.2.1",
		"192.168.1.1",
		"198.18.0.1",
		"198.19.255.255",
		"198.51.100.1",
		"203.0.113.9",
		"224.0.0.1",
		"239.1.1.1",
		"240.0.0.1",
		"255.255.255.255",
		"::",
		"::1",
		"::ffff:127.0.0.1",
		"::ffff:10.0.0.1",
		"::ffff:7f00:1",
		"::127.0.0.1",
		"64:ff9b::7f00:1",
		"64:ff9b::10.0.0.1",
		"64:ff9b:1::1",
		"2002:7f00:1::",
		"2002:a00:1::1",
		"2001::1",
		"2001:db8::1",
		"3fff::1",
		"100::1",
		"fc00::1",
		"fd12::1",
		"fe80::1",
		"fec0::1",
		"ff02::1",
		"4000::1",
	};
	static const char *const is_public[] = {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255",
		"100.128.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.1", "198.17.255.255", "198.20.0.0",
		"223.255.255.255", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1", "2606:4700::1111",
		"2001:4860:4860::8888"};
	struct ip_addr addr;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(not_public); i++) {
		assert_true(ip_addr_parse(slice_from_str(not_public[i]), &addr));
		if (ip_addr_is_public(&addr))
			fail_msg("taken for public: %s", not_public[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(is_public); i++) {
		assert_true(ip_addr_parse(slice_from_str(is_public[i]), &addr));
		if (!ip_addr_is_public(&addr))
			fail_msg("not taken for public: %s", is_public[i]);
	}
}

static void test_link_local(void **state)
{
	static const char *const link_local[] = {"169.254.0.0", "169.254.169.254", "::ffff:169.254.169.254",
		"64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "fe80::1", "febf::1"};
	static const char *const others[] = {"169.253.255.255", "169.255.0.0", "10.0.0.1", "127.0.0.1", "::1",
		"fec0::1", "fd00::a9fe:a9fe"};
	struct ip_addr addr;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(link_local); i++) {
		assert_true(ip_addr_parse(slice_from_str(link_local[i]), &addr));
		assert_true(ip_addr_is_link_local(&addr));
	}
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		assert_true(ip_addr_parse(slice_from_str(others[i]), &addr));
		assert_false(ip_addr_is_link_local(&addr));
	}
}

static bool in(const char *cidr_text, const char *addr_text)
{
	struct ip_cidr cidr;
	struct ip_addr addr;

	assert_true(ip_cidr_parse(slice_from_str(cidr_text), &cidr));
	assert_true(ip_addr_parse(slice_from_str(addr_text), &addr));
	return ip_cidr_contains(&cidr, &addr);
}

static void test_cidr(void **state)
{
	static const char *const bad[] = {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08",
		"10.0.0.0/+8", "10.0.0.0/8/8", "/8", "::1/64", "::/129", "10.0.0.0/255.0.0.0", "10.0.0.0 /8",
		"10/8", "::ffff:1.2.3.4/32"};
	struct ip_cidr cidr;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (ip_cidr_parse(slice_from_str(bad[i]), &cidr))
			fail_msg("read as a block: %s", bad[i]);
	assert_true(in("10.0.0.0/8", "10.255.0.1"));
	assert_true(in("10.0.0.0/8", "::ffff:10.1.1.1"));
	assert_false(in("10.0.0.0/8", "11.0.0.0"));
	assert_true(in("1.2.3.4", "1.2.3.4"));
	assert_false(in("1.2.3.4", "1.2.3.5"));
	assert_true(in("192.168.1.128/25", "192.168.1.200"));
	assert_false(in("192.168.1.128/25", "192.168.1.127"));
	assert_true(in("0.0.0.0/0", "9.9.9.9"));
	assert_false(in("0.0.0.0/0", "2001:db8::1")); /* every IPv4 address is not every address */
	assert_true(in("::/0", "2001:db8::1"));
	assert_true(in("2001:db8::/33", "2001:db8:7fff::1"));
	assert_false(in("2001:db8::/33", "2001:db8:8000::1"));
}

static void test_host_port(void **state)
{
	static const char *const bad[] = {"", ":", ":80", "a", "a:", "a:0", "a:080", "a:65536", "a:-1",
		"a:+1", "a: 1", "a:1 ", "a b:1", "a\r\nb:1", "a/b:1", "u@a:1", "::1:80", "[::1]",
		"[::1]:", "[::1]80", "[::1:80", "[]:80", "[1.2.3.4]:80", "[a]:80", "a:1:2", "http://a:1",
		"[::1]x:80", "a\tb:1", "é:1"};
	struct host_port hp;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (host_port_parse(slice_from_str(bad[i]), &hp))
			fail_msg("read as host:port: %s", bad[i]);
	assert_true(host_port_parse(SLICE_LIT("proxy_1.example-x.com:65535"), &hp));
	assert_true(slice_eq_str(hp.host, "proxy_1.example-x.com"));
	assert_int_equal(hp.port, 65535);
	assert_false(hp.bracketed);
	assert_true(host_port_parse(SLICE_LIT("[2001:db8::1]:8"), &hp));
	assert_true(slice_eq_str(hp.host, "2001:db8::1"));
	assert_true(hp.bracketed);
}

static void test_round_trips(void **state)
{
	static const char *const texts[] = {
		"1.2.3.4", "255.255.255.255", "2001:db8::1", "::", "::1", "fe80::1"};
	struct sockaddr_storage sa;
	struct ip_addr addr, again;
	char text[IP_TEXT_BYTES];
	uint16_t port;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_true(ip_addr_parse(slice_from_str(texts[i]), &addr));
		ip_addr_text(&addr, text);
		assert_string_equal(text, texts[i]);
		assert_true(ip_addr_to_sockaddr(&addr, 4711, &sa) > 0);
		assert_true(ip_addr_from_sockaddr((struct sockaddr *)&sa, &again, &port));
		assert_true(ip_addr_eq(&addr, &again));
		assert_int_equal(port, 4711);
	}
	memset(&sa, 0, sizeof(sa));
	sa.ss_family = AF_UNIX;
	assert_false(ip_addr_from_sockaddr((struct sockaddr *)&sa, &again, &port));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile_spellings),
		cmocka_unit_test(test_public),
		cmocka_unit_test(test_link_local),
		cmocka_unit_test(test_cidr),
		cmocka_unit_test(test_host_port),
		cmocka_unit_test(test_round_trips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
