/* test_record_memo.c: a memo is told while it holds, and goes with its record or when there is no room. */
#include "api-node/record_memo.h"

#include <string.h>

#include "api-node/record.h"
#include "tests/unit/test.h"

enum { EPOCH = 3 };

static void test_holds(void **state)
{
	struct record_memos *memos = record_memos_new(10000);
	struct record record = {0};
	struct slice text;

	(void)state;
	assert_false(record_memo_find(memos, &record, EPOCH, 5, &text));
	text = record_memo_keep(memos, &record, EPOCH, 10, SLICE_LIT("{}"));
	assert_true(slice_eq_str(text, "{}"));
	assert_true(record_memo_find(memos, &record, EPOCH, 9, &text));
	assert_true(slice_eq_str(text, "{}"));
	assert_false(record_memo_find(memos, &record, EPOCH, 10, &text));
	assert_false(record_memo_find(memos, &record, EPOCH + 1, 9, &text));
	record_memo_keep(memos, &record, EPOCH + 1, INT64_MAX, SLICE_LIT("{\"id\":1}"));
	assert_true(record_memo_find(memos, &record, EPOCH + 1, INT64_MAX - 1, &text));
	assert_true(slice_eq_str(text, "{\"id\":1}"));
	record_memo_free(record.memo);
	assert_null(record.memo);
	assert_int_equal(record_memos_bytes(memos), 0);
	record_memos_free(memos);
}

static bool kept(struct record_memos *memos, const struct record *record)
{
	struct slice text;

	return record_memo_find(memos, record, EPOCH, 0, &text);
}

static void test_what_was_not_shown_for_longest_goes(void **state)
{
	enum { RECORDS = 5, TEXT_BYTES = 1000 };
	struct record_memos *memos = record_memos_new(3 * TEXT_BYTES + 500);
	struct record records[RECORDS] = {0};
	char text[TEXT_BYTES];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 3; i++)
		record_memo_keep(memos, &records[i], EPOCH, 1, slice_of(text, sizeof(text)));
	assert_true(kept(memos, &records[0])); /* shown again: now 1 is the oldest */
	record_memo_keep(memos, &records[3], EPOCH, 1, slice_of(text, sizeof(text)));
	assert_null(records[1].memo);
	assert_true(kept(memos, &records[0]) && kept(memos, &records[2]) && kept(memos, &records[3]));
	assert_true(record_memos_bytes(memos) <= 3 * TEXT_BYTES + 500);
	for (int i = 0; i < RECORDS; i++)
		record_memo_free(records[i].memo);
	record_memos_free(memos);
}

static void test_larger_than_all_room(void **state)
{
	struct record_memos *memos = record_memos_new(10);
	struct record record = {0};

	(void)state;
	assert_true(slice_eq_str(
		record_memo_keep(memos, &record, EPOCH, 1, SLICE_LIT("a long text")), "a long text"));
	record_memo_free(record.memo);
	record_memos_free(memos);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holds),
		cmocka_unit_test(test_what_was_not_shown_for_longest_goes),
		cmocka_unit_test(test_larger_than_all_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
