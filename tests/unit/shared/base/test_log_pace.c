/* test_log_pace.c: one at once, then one a minute, and none is forgotten. */
#include "shared/base/log_pace.h"

#include "tests/unit/test.h"

static void test_pace(void **state)
{
	struct log_pace pace = {0};
	uint64_t left_out;

	(void)state;
	assert_true(log_pace_take(&pace, 5, &left_out));
	assert_int_equal(left_out, 0);
	for (uint64_t ms = 5; ms < 5 + LOG_PACE_MS; ms += LOG_PACE_MS / 4)
		assert_false(log_pace_take(&pace, ms, &left_out));
	assert_false(log_pace_take(&pace, 4 + LOG_PACE_MS, &left_out));
	assert_true(log_pace_take(&pace, 5 + LOG_PACE_MS, &left_out));
	assert_int_equal(left_out, 5);
	assert_true(log_pace_take(&pace, 5 + 2 * LOG_PACE_MS, &left_out));
	assert_int_equal(left_out, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_pace)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
