/* test_random.c: only the alphabet's characters, all of them, evenly. */
#include "shared/crypto/random.h"

#include <string.h>

#include "tests/unit/test.h"

static void test_text(void **state)
{
	static const char alphabet[] = "abc";
	char text[30001];
	unsigned counts[3] = {0};

	(void)state;
	random_text(text, sizeof(text) - 1, alphabet);
	assert_int_equal(strlen(text), sizeof(text) - 1);
	for (size_t i = 0; text[i]; i++) {
		assert_non_null(strchr(alphabet, text[i]));
		counts[text[i] - 'a']++;
	}
	for (int i = 0; i < 3;
		i++) /* 10000 expected, deviation 82: ten of those away never happens by chance */
		assert_in_range(counts[i], 9180, 10820);
	random_text(text, 0, alphabet);
	assert_string_equal(text, "");
}

static void test_bytes(void **state)
{
	unsigned char a[1000] = {0}, b[1000] = {0};

	(void)state;
	random_bytes(a, sizeof(a));
	random_bytes(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	random_bytes(a, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_text), cmocka_unit_test(test_bytes)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
