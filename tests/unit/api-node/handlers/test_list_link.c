/* test_list_link.c: which pages there are, and that the other parameters come along unharmed. */
#include "api-node/handlers/list_link.h"

#include "tests/unit/test.h"

static void assert_link(struct slice query, uint64_t offset, uint64_t limit, uint64_t total, const char *link)
{
	struct buf out;

	buf_init(&out, 0);
	list_link(&out, SLICE_LIT("/p"), query, offset, limit, total);
	assert_string_equal(buf_str(&out), link);
	buf_done(&out);
}

#define PAGE(offset, rel) "</p?offset=" offset "&limit=10>; rel=\"" rel "\""

static void test_pages(void **state)
{
	(void)state;
	assert_link(SLICE_NONE, 0, 10, 0, PAGE("0", "first") ", " PAGE("0", "last"));
	assert_link(SLICE_NONE, 0, 10, 10, PAGE("0", "first") ", " PAGE("0", "last"));
	assert_link(
		SLICE_NONE, 0, 10, 11, PAGE("0", "first") ", " PAGE("10", "next") ", " PAGE("10", "last"));
	assert_link(SLICE_NONE, 10, 10, 35,
		PAGE("0", "first") ", " PAGE("0", "prev") ", " PAGE("20", "next") ", " PAGE("30", "last"));
	assert_link(SLICE_NONE, 5, 10, 35,
		PAGE("0", "first") ", " PAGE("0", "prev") ", " PAGE("15", "next") ", " PAGE("30", "last"));
	assert_link(
		SLICE_NONE, 30, 10, 35, PAGE("0", "first") ", " PAGE("20", "prev") ", " PAGE("30", "last"));
	assert_link(
		SLICE_NONE, 900, 10, 35, PAGE("0", "first") ", " PAGE("30", "prev") ", " PAGE("30", "last"));
}

static void test_parameters(void **state)
{
	(void)state;
	assert_link(SLICE_LIT("q=Đà a&b>\0offset=0\0limit=10\0tag=\0sort=-key_name\0"), 0, 10, 1,
		"</p?q=%C4%90%C3%A0%20a%26b%3E&sort=-key_name&offset=0&limit=10>; rel=\"first\", "
		"</p?q=%C4%90%C3%A0%20a%26b%3E&sort=-key_name&offset=0&limit=10>; rel=\"last\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
