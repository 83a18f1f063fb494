/* What several relays say they carry, summed up: changed by differences, taken back when one falls silent. */
#include "api-node/push/rates.h"

#include "tests/unit/test.h"

static int start(void **state)
{
	*state = rates_new();
	return 0;
}

static int stop(void **state)
{
	rates_free(*state);
	return 0;
}

static void hear(struct rates *rates, uint64_t now_ms, const char *json)
{
	struct err err = {0};

	assert_true(rates_message(rates, slice_from_str(json), now_ms, &err));
}

static const struct rate_sum *find(const struct rates *rates, uint64_t id)
{
	const struct rate_sum *sum;
	size_t cursor = 0;

	while ((sum = rates_next(rates, &cursor)) != NULL)
		if (sum->id == id)
			return sum;
	return NULL;
}

static void assert_rate(
	const struct rates *rates, uint64_t id, uint64_t up, uint64_t down, uint64_t connections)
{
	const struct rate_sum *sum = find(rates, id);

	assert_non_null(sum);
	assert_int_equal(sum->rate.bytes_up_s, up);
	assert_int_equal(sum->rate.bytes_down_s, down);
	assert_int_equal(sum->rate.connections, connections);
}

static void test_relays_are_summed_up(void **state)
{
	struct rates *rates = *state;

	hear(rates, 1000, "{\"node\":\"a\",\"full\":1,\"rates\":[[1,10,20,3],[2,1,1,1]]}");
	hear(rates, 1000, "{\"node\":\"b\",\"full\":1,\"rates\":[[1,5,5,2]]}");
	assert_rate(rates, 1, 15, 25, 5);
	assert_rate(rates, 2, 1, 1, 1);
	assert_int_equal(rates_total(rates).connections, 6);
	hear(rates, 2000, "{\"node\":\"a\",\"full\":0,\"rates\":[[1,0,0,3]]}");
	assert_rate(rates, 1, 5, 5, 5);
	assert_rate(rates, 2, 1, 1, 1); /* not named: as before */
	assert_int_equal(rates_total(rates).bytes_down_s, 6);
}

static void test_changes_until_told(void **state)
{
	struct rates *rates = *state;

	hear(rates, 1000, "{\"node\":\"a\",\"full\":1,\"rates\":[[1,10,20,3],[2,1,1,1]]}");
	assert_true(find(rates, 1)->changed);
	rates_told(rates);
	assert_false(find(rates, 1)->changed);
	hear(rates, 2000, "{\"node\":\"a\",\"full\":0,\"rates\":[[1,10,20,3],[2,0,0,0]]}");
	assert_false(find(rates, 1)->changed); /* the same again is no change */
	assert_true(find(rates, 2)->changed);  /* that it ended is one: to be told once */
	assert_rate(rates, 2, 0, 0, 0);
	rates_told(rates);
	assert_null(find(rates, 2));
}

static void test_a_full_message_replaces(void **state)
{
	struct rates *rates = *state;

	hear(rates, 1000, "{\"node\":\"a\",\"full\":1,\"rates\":[[1,10,20,3],[2,1,1,1]]}");
	hear(rates, 1000, "{\"node\":\"b\",\"full\":1,\"rates\":[[2,1,1,1]]}");
	hear(rates, 2000, "{\"node\":\"a\",\"full\":1,\"rates\":[[3,1,0,1]]}");
	assert_rate(rates, 1, 0, 0, 0);
	assert_rate(rates, 2, 1, 1, 1);
	assert_rate(rates, 3, 1, 0, 1);
}

static void test_a_silent_relay_takes_its_share_along(void **state)
{
	struct rates *rates = *state;

	hear(rates, 1000, "{\"node\":\"a\",\"full\":1,\"rates\":[[1,10,20,3]]}");
	hear(rates, 1000, "{\"node\":\"b\",\"full\":1,\"rates\":[[1,1,1,1]]}");
	hear(rates, 1000 + RATES_SILENT_MS - 1, "{\"node\":\"b\",\"full\":0,\"rates\":[]}");
	rates_expire(rates, 1000 + RATES_SILENT_MS - 1);
	assert_rate(rates, 1, 11, 21, 4);
	rates_expire(rates, 1000 + RATES_SILENT_MS);
	assert_rate(rates, 1, 1, 1, 1);
	rates_expire(rates, 1000 + 2 * RATES_SILENT_MS);
	assert_int_equal(rates_total(rates).connections, 0);
	rates_told(rates);
	assert_null(find(rates, 1));
}

static void test_what_cannot_be_read_changes_nothing(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{\"node\":\"a\",\"full\":1}",
		"{\"node\":\"\",\"full\":1,\"rates\":[]}",
		"{\"node\":\"a\",\"full\":1,\"rates\":[1]}",
		"{\"node\":\"a\",\"full\":1,\"rates\":[[2,1,1,1],[1,2,3]]}",
		"{\"node\":\"a\",\"full\":1,\"rates\":[[1,2,3,4,5]]}",
		"{\"node\":\"a\",\"full\":1,\"rates\":[[1,2,-3,4]]}",
		"{\"node\":\"a\",\"full\":1,\"rates\":[[0,2,3,4]]}",
		"{\"node\":\"a\",\"full\":1,\"rates\":{\"x\":[1,2,3,4]}}",
	};
	struct rates *rates = *state;

	hear(rates, 1000, "{\"node\":\"a\",\"full\":1,\"rates\":[[1,10,20,3]]}");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err err = {0};

		assert_false(rates_message(rates, slice_from_str(bad[i]), 2000, &err));
		assert_true(err.msg[0] != '\0');
		assert_rate(rates, 1, 10, 20, 3);
		assert_null(find(rates, 2));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_relays_are_summed_up),
		TEST(test_changes_until_told),
		TEST(test_a_full_message_replaces),
		TEST(test_a_silent_relay_takes_its_share_along),
		TEST(test_what_cannot_be_read_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
