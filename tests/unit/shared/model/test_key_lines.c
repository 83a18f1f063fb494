/* test_key_lines.c: what people paste, taken apart. */
#include "shared/model/key_lines.h"

#include <stdio.h>

#include "tests/unit/test.h"

/* "line:key/name/region/tags/paid_until " of each. */
static void gives(const char *text, const char *expected)
{
	struct key_lines walk = key_lines_of(slice_from_str(text));
	struct key_line line;
	char out[512] = "";
	size_t len = 0;

	while (key_lines_next(&walk, &line))
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%zu:%.*s/%.*s/%.*s/%.*s/%.*s%s ",
			line.line, SLICE_ARG(line.key), SLICE_ARG(line.name), SLICE_ARG(line.region),
			SLICE_ARG(line.tags), SLICE_ARG(line.paid_until), line.more ? "+" : "");
	assert_string_equal(out, expected);
}

static void test_keys(void **state)
{
	(void)state;
	gives("", "");
	gives(" \n\r\n\t", "");
	gives("K1", "1:K1//// ");
	gives("K1\nK2\r\nK3\rK4", "1:K1//// 2:K2//// 3:K3//// 4:K4//// ");
	gives("\xef\xbb\xbfK1,K2 ; K3;,\n\n K4 ,", "1:K1//// 1:K2//// 1:K3//// 3:K4//// ");
	gives("\"K1\"\n'K2'\n\xc2\xa0K3\xe2\x80\x8b \n", "1:K1//// 2:K2//// 3:K3//// ");
	gives("K 1", "1:K 1//// ");
	gives("\"", "1:\"//// ");
}

static void test_columns(void **state)
{
	(void)state;
	gives("K1\tMáy 1\tbac\ta,b\t31/01/2027", "1:K1/Máy 1/bac/a,b/31/01/2027 ");
	gives("K1|Máy 1|\nK2 | \"x, y\" || t", "1:K1/Máy 1/// 2:K2/x, y//t/ ");
	gives("key|name|region\nK1|a|nam", "2:K1/a/nam// ");
	gives("KEY\nK1", "2:K1//// ");
	gives("K1\nkey", "1:K1//// 2:key//// ");
	gives("K1|a|b|c|d|e", "1:K1/a/b/c/d+ ");
	gives("K1|a|b|c|d|", "1:K1/a/b/c/d ");
	gives("|a", "1:/a/// ");
	gives("\tMay1\tbac", "1:/May1/bac// ");
	gives("K1,K2\t\n", "1:K1//// 1:K2//// ");
}

static void test_one_entry(void **state)
{
	struct key_line line = {.line = 7};

	(void)state;
	key_line_of(SLICE_LIT(" K1,K2|n "), &line);
	assert_true(slice_eq_str(line.key, "K1,K2") && slice_eq_str(line.name, "n") && line.line == 7);
}

static void pair(const char *text, const char *first, const char *second)
{
	struct slice a, b;

	bool ok = key_pair_of(slice_from_str(text), &a, &b);
	assert_int_equal(ok, first != NULL);
	if (first)
		assert_true(slice_eq_str(a, first) && slice_eq_str(b, second));
}

static void test_pairs(void **state)
{
	(void)state;
	pair("K1 K2", "K1", "K2");
	pair(" proxy7\tK2 ", "proxy7", "K2");
	pair("K1 , K2", "K1", "K2");
	pair("K1|\"K2\"", "K1", "K2");
	pair("", "", "");
	pair("K1", NULL, NULL);
	pair("K1,", NULL, NULL);
	pair("K1 K2 K3", NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_one_entry),
		cmocka_unit_test(test_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
