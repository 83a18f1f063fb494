/* test_destination.c: every spelling of an address that must not be reached, and names that may. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay-node/destination.h"

static void check(const char *host, enum destination_verdict want)
{
	enum destination_verdict got = destination_check(slice_from_str(host), DESTINATION_PUBLIC_ONLY);

	if (got != want)
		fail_msg("'%s': %d instead of %d", host, got, want);
	assert_int_equal(destination_check(slice_from_str(host), DESTINATION_ANY), DESTINATION_ALLOWED);
}

static void test_allowed(void **state)
{
	static const char *const hosts[] = {"shop.example", "shop.example.", "8.8.8.8", "2606:4700::1111",
		"::ffff:8.8.8.8", "64:ff9b::808:808", "localhost.shop.example", "notlocalhost", "xlocalhost",
		"123.shop", "0x7f.shop", "3com", "1.1.1.1.nip.example", "x0", "a.x1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
		check(hosts[i], DESTINATION_ALLOWED);
}

static void test_private(void **state)
{
	static const char *const hosts[] = {"127.0.0.1", "127.0.0.1.", "127.255.255.254", "10.0.0.1",
		"172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
		"255.255.255.255", "::1", "::", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1",
		"0:0:0:0:0:FFFF:A9FE:A9FE", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1",
		"64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "2002:7f00:1::", "localhost",
		"LocalHost", "localhost.", "a.localhost", "a.b.LOCALHOST.", "localhost.localdomain",
		"ip6-localhost", "ip6-loopback", "localhost6"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
		check(hosts[i], DESTINATION_PRIVATE);
}

/* inet_aton(), getaddrinfo() and URL parsers read these as addresses, not all as the same one. */
static void test_ambiguous(void **state)
{
	static const char *const hosts[] = {"127.1", "127.0.1", "0", "1", "2130706433", "0x7f000001",
		"0X7F000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.0.0.01", "0x7f.0x0.0x0.0x1",
		"127.0.0.0x1", "127.1.", "4294967296", "256.1.1.1", "1.2.3.4.5", "0x", "a.0x", "foo.1",
		"08.8.8.8", "1.1", "::ffff:127.1", "fe80::1%eth0", "1:2", "", "."};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
		check(hosts[i], DESTINATION_AMBIGUOUS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allowed),
		cmocka_unit_test(test_private),
		cmocka_unit_test(test_ambiguous),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
