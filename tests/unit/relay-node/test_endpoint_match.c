/* Which endpoint do port, address, SNI and user name mean together? */
#include "relay-node/endpoint_match.h"

#include "tests/unit/test.h"

static void test_one_way_selects(void **state)
{
	struct slice found;

	(void)state;
	assert_int_equal(
		endpoint_match(&(struct evidence){.port = SLICE_LIT("proxy1")}, &found), ENDPOINT_FOUND);
	assert_true(slice_eq_str(found, "proxy1"));
	assert_int_equal(
		endpoint_match(&(struct evidence){.address = SLICE_LIT("proxy2")}, &found), ENDPOINT_FOUND);
	assert_true(slice_eq_str(found, "proxy2"));
	assert_int_equal(
		endpoint_match(&(struct evidence){.sni = SLICE_LIT("proxy3")}, &found), ENDPOINT_FOUND);
	assert_true(slice_eq_str(found, "proxy3"));
	assert_int_equal(
		endpoint_match(&(struct evidence){.user = SLICE_LIT("Proxy4")}, &found), ENDPOINT_FOUND);
	assert_true(slice_eq_str(found, "Proxy4"));
}

static void test_nothing_names_one(void **state)
{
	struct slice found = SLICE_LIT("untouched");

	(void)state;
	assert_int_equal(endpoint_match(&(struct evidence){.port = SLICE_NONE}, &found), ENDPOINT_NEEDS_USER);
	assert_true(slice_eq_str(found, "untouched"));
}

static void test_a_user_never_overrides(void **state)
{
	struct slice found;

	(void)state;
	assert_int_equal(
		endpoint_match(
			&(struct evidence){.port = SLICE_LIT("proxy1"), .user = SLICE_LIT("proxy2")}, &found),
		ENDPOINT_FOUND);
	assert_true(slice_eq_str(found, "proxy1"));
}

static void test_ways_must_agree(void **state)
{
	struct slice found = SLICE_LIT("untouched");

	(void)state;
	assert_int_equal(endpoint_match(&(struct evidence){.port = SLICE_LIT("proxy1"),
						.sni = SLICE_LIT("PROXY1"),
						.address = SLICE_LIT("proxy1")},
				 &found),
		ENDPOINT_FOUND);
	found = SLICE_LIT("untouched");
	assert_int_equal(
		endpoint_match(
			&(struct evidence){.port = SLICE_LIT("proxy1"), .sni = SLICE_LIT("proxy2")}, &found),
		ENDPOINT_CONFLICT);
	assert_int_equal(endpoint_match(&(struct evidence){.address = SLICE_LIT("proxy1"),
						.sni = SLICE_LIT("proxy2"),
						.user = SLICE_LIT("proxy1")},
				 &found),
		ENDPOINT_CONFLICT);
	assert_true(slice_eq_str(found, "untouched"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_way_selects),
		cmocka_unit_test(test_nothing_names_one),
		cmocka_unit_test(test_a_user_never_overrides),
		cmocka_unit_test(test_ways_must_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
