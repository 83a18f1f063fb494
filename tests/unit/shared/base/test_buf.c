/* test_buf.c: growth, the hard limit, and that an overflowed buffer takes nothing more. */
#include "shared/base/buf.h"

#include <string.h>

#include "tests/unit/test.h"

static void test_append(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_string_equal(buf_str(&b), "");
	buf_append(&b, NULL, 0);
	buf_append_str(&b, "ab");
	buf_append_char(&b, 'c');
	buf_append_slice(&b, SLICE_LIT("d\0e"));
	buf_printf(&b, "%d-%s", 7, "x");
	assert_int_equal(b.len, 9);
	assert_memory_equal(b.data, "abcd\0e7-x", 9);
	assert_int_equal(buf_str(&b)[9], '\0');
	buf_consume(&b, 6);
	assert_string_equal(buf_str(&b), "7-x");
	buf_consume(&b, 3);
	assert_int_equal(b.len, 0);
	buf_done(&b);
	buf_done(&b);
	buf_done(NULL);
}

static void test_limit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_append_str(&b, "0123456789");
	assert_false(b.overflow);
	buf_append_char(&b, 'x');
	assert_true(b.overflow);
	buf_append(&b, "", 0);
	assert_int_equal(b.len, 10);
	buf_consume(&b, 5);
	buf_append_char(&b, 'y'); /* there would be room, but the content is already incomplete */
	assert_string_equal(buf_str(&b), "56789");
	buf_clear(&b);
	buf_printf(&b, "%s", "0123456789x");
	assert_true(b.overflow);
	assert_int_equal(b.len, 0);
	buf_clear(&b);
	assert_false(buf_reserve(&b, SIZE_MAX));
	assert_true(b.overflow);
	buf_done(&b);
}

static void test_growth(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (int i = 0; i < 100000; i++)
		buf_append_char(&b, (char)('a' + i % 26));
	assert_int_equal(b.len, 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(b.data[i], 'a' + i % 26);
	assert_false(buf_reserve(&b, SIZE_MAX - 1));
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_growth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
