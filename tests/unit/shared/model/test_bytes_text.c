/* Amounts of data as people read them. */
#include "shared/model/bytes_text.h"

#include "tests/unit/test.h"

static void assert_text(uint64_t bytes, const char *english, const char *vietnamese)
{
	char text[BYTES_TEXT_BYTES];

	bytes_text(bytes, MESSAGE_ENGLISH, text);
	assert_string_equal(text, english);
	bytes_text(bytes, MESSAGE_VIETNAMESE, text);
	assert_string_equal(text, vietnamese);
}

static void test_units(void **state)
{
	(void)state;
	assert_text(0, "0 B", "0 B");
	assert_text(999, "999 B", "999 B");
	assert_text(1000, "1 KB", "1 KB");
	assert_text(1234567, "1.2 MB", "1,2 MB");
	assert_text(5000000000, "5 GB", "5 GB");
	assert_text(99950000, "99.9 MB", "99,9 MB");
	assert_text(123456789, "123 MB", "123 MB");
	assert_text(999999999, "999 MB", "999 MB"); /* what is not full does not look so */
	assert_text(1000000000000000, "1 PB", "1 PB");
	assert_text(UINT64_MAX, "18.4 EB", "18,4 EB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_units)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
