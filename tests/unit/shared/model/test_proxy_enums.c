/* test_proxy_enums.c: every word goes out and comes back, and nothing else comes in. */
#include "tests/unit/shared/model/unit.h"

#include "shared/model/proxy_enums.h"

#define ROUND_TRIP(type, count, to_text, from_text)                              \
	do {                                                                     \
		for (int i = 0; i < (count); i++) {                              \
			enum type back = (enum type)0;                           \
			assert_true(from_text(s(to_text((enum type)i)), &back)); \
			assert_int_equal(back, i);                               \
		}                                                                \
		enum type unchanged = (enum type)1;                              \
		assert_false(from_text(s(""), &unchanged));                      \
		assert_false(from_text(s("Active"), &unchanged));                \
		assert_false(from_text(SLICE_NONE, &unchanged));                 \
		assert_int_equal(unchanged, 1);                                  \
	} while (0)

static void round_trips(void **state)
{
	(void)state;
	ROUND_TRIP(proxy_status, PROXY_STATUS_COUNT, proxy_status_text, proxy_status_parse);
	ROUND_TRIP(rotation_state, ROTATION_STATE_COUNT, rotation_state_text, rotation_state_parse);
	ROUND_TRIP(rotate_mode, ROTATE_MODE_COUNT, rotate_mode_text, rotate_mode_parse);
	ROUND_TRIP(on_rotate, ON_ROTATE_COUNT, on_rotate_text, on_rotate_parse);
	ROUND_TRIP(region, REGION_COUNT, region_text, region_parse);
}

/* Other programs and the page know these numbers of words and these texts. */
static void words(void **state)
{
	(void)state;
	assert_int_equal(PROXY_STATUS_COUNT, 9);
	assert_int_equal(ROTATION_STATE_COUNT, 4);
	assert_string_equal(proxy_status_text(PROXY_NO_UPSTREAM), "no_upstream");
	assert_string_equal(rotation_state_text(ROTATION_IDLE), "idle");
	assert_string_equal(rotate_mode_text(ROTATE_INHERIT), "inherit");
	assert_string_equal(on_rotate_text(ON_ROTATE_DRAIN), "drain");
	assert_string_equal(region_text(REGION_TRUNG), "trung");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(round_trips), cmocka_unit_test(words)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
