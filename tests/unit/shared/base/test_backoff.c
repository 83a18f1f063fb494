/* test_backoff.c: delays grow, stay within their bounds, and differ from each other. */
#include "shared/base/backoff.h"

#include "tests/unit/test.h"

static void test_bounds(void **state)
{
	struct backoff b;

	(void)state;
	backoff_init(&b, 100, 3000);
	for (unsigned i = 0; i < 200; i++) {
		uint64_t ceiling = i < 5 ? 100u << i : 3000;
		uint32_t delay = backoff_next_ms(&b);
		if (ceiling > 3000)
			ceiling = 3000;
		assert_in_range(delay, ceiling / 2, ceiling);
	}
	backoff_reset(&b);
	assert_in_range(backoff_next_ms(&b), 50, 100);
	backoff_init(&b, UINT32_MAX, UINT32_MAX);
	for (int i = 0; i < 40; i++)
		assert_true(backoff_next_ms(&b) >= UINT32_MAX / 2);
	backoff_init(&b, 1, 1);
	assert_in_range(backoff_next_ms(&b), 0, 1);
}

static void test_jitter(void **state)
{
	bool seen[10] = {false};

	(void)state;
	for (int i = 0; i < 2000; i++) { /* a value stays away with probability 0.9^2000 */
		uint32_t value = jitter_below(10);
		assert_in_range(value, 0, 9);
		seen[value] = true;
	}
	for (int i = 0; i < 10; i++)
		assert_true(seen[i]);
	assert_int_equal(jitter_below(1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_bounds), cmocka_unit_test(test_jitter)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
