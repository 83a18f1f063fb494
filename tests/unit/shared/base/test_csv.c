/* test_csv.c: what a spreadsheet reads is what was written, and never a formula. */
#include "shared/base/csv.h"

#include "tests/unit/test.h"

static void assert_cell(const char *text, const char *written)
{
	struct csv csv;
	struct buf out;

	buf_init(&out, 0);
	csv_begin(&csv, &out);
	csv_text(&csv, slice_from_str(text));
	assert_memory_equal(out.data, "\xef\xbb\xbf", 3);
	assert_string_equal(buf_str(&out) + 3, written);
	buf_done(&out);
}

static void test_cells(void **state)
{
	(void)state;
	assert_cell("", "");
	assert_cell("Đà Nẵng 7", "Đà Nẵng 7");
	assert_cell("a,b", "\"a,b\"");
	assert_cell("say \"no\"", "\"say \"\"no\"\"\"");
	assert_cell("two\nlines", "\"two\nlines\"");
	assert_cell("2031-01-01T00:00:00Z", "2031-01-01T00:00:00Z");
}

static void test_formulas(void **state)
{
	(void)state;
	assert_cell("=1+1", "\"'=1+1\"");
	assert_cell("+84", "\"'+84\"");
	assert_cell("-1", "\"'-1\"");
	assert_cell("@SUM(A1)", "\"'@SUM(A1)\"");
	assert_cell("\t=1", "\"'\t=1\"");
	assert_cell("\r=1", "\"'\r=1\"");
	assert_cell("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
	assert_cell("a=1", "a=1");
}

static void test_rows(void **state)
{
	struct csv csv;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	csv_begin(&csv, &out);
	csv_text(&csv, SLICE_LIT("a"));
	csv_int(&csv, -7);
	csv_text(&csv, SLICE_LIT(""));
	csv_end_row(&csv);
	csv_int(&csv, 1);
	csv_end_row(&csv);
	assert_string_equal(buf_str(&out) + 3, "a,-7,\r\n1\r\n");
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_formulas),
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
