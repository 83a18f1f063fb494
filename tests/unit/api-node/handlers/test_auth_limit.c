/* test_auth_limit.c: whose tries count together. */
#include "api-node/handlers/auth_limit.h"

#include "tests/unit/test.h"

static void assert_keys(const char *username, const char *peer, const char *user, const char *address)
{
	struct auth_keys keys;
	struct ip_addr addr;

	assert_true(ip_addr_parse(slice_from_str(peer), &addr));
	auth_keys_make(&keys, slice_from_str(username), &addr);
	assert_string_equal(keys.user, user);
	assert_string_equal(keys.address, address);
}

static void test_keys(void **state)
{
	(void)state;
	assert_keys("Lan.Nguyen@X", "203.0.113.5", "lan.nguyen@x", "203.0.113.5");
	/* One customer has a whole /64 to himself. */
	assert_keys("?", "2001:db8:1:2:aaaa::1", "?", "2001:db8:1:2::");
	assert_keys("?", "2001:db8:1:2:bbbb::9", "?", "2001:db8:1:2::");
	assert_keys("?", "2001:db8:1:3::9", "?", "2001:db8:1:3::");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_keys)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
