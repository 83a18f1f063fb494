/* test_etag.c: If-None-Match against one tag. */
#include "api-node/etag.h"

#include "tests/unit/test.h"

static void test_matches(void **state)
{
	static const struct {
		const char *header;
		bool matches;
	} cases[] = {
		{NULL, false},
		{"", false},
		{"\"ab\"", true},
		{"W/\"ab\"", true},
		{"*", true},
		{"\"x\", \"ab\"", true},
		{"\"x\",W/\"ab\"\t,", true},
		{"\"abc\"", false},
		{"ab", false},
		{"\"AB\"", false},
		{",,,", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(etag_matches(slice_from_str(cases[i].header), "\"ab\""), cases[i].matches);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
