/* test_list_query.c: what a list may be asked for, and the sentence for what it may not. */
#include "api-node/handlers/list_query.h"

#include <string.h>

#include "shared/base/hash_map.h"
#include "shared/model/proxy_enums.h"
#include "tests/unit/test.h"

static struct list_query query;

/* `text` with & for the NUL that ends a field. */
static bool parses(const char *text, struct err *err)
{
	static char fields[2048];
	size_t len = strlen(text);

	memcpy(fields, text, len + 1);
	for (size_t i = 0; i < len; i++)
		if (fields[i] == '&')
			fields[i] = '\0';
	list_query_done(&query);
	return list_query_parse(slice_of(fields, len + 1), &query, err);
}

static void assert_says(const char *text, const char *sentence)
{
	struct err err = {0};

	assert_false(parses(text, &err));
	if (!strstr(err.msg, sentence))
		print_error("%s: %s\n", text, err.msg);
	assert_non_null(strstr(err.msg, sentence));
}

static void test_defaults(void **state)
{
	(void)state;
	assert_true(parses("", NULL));
	assert_true(parses("q=&status=&region=&tag=&sort=&", NULL));
	assert_int_equal(query.word_count, 0);
	assert_int_equal(query.statuses | query.regions, 0);
	assert_int_equal(query.limit, LIST_LIMIT_MAX);
	assert_int_equal(query.part, LIST_WHOLE);
	assert_int_equal(query.sort, SORT_NUMBER);
	assert_int_equal(query.direction, LIST_ASCENDING);
}

static void test_filters(void **state)
{
	(void)state;
	assert_true(parses("status=active,paused&region=nam&user=7&offset=10&limit=50&tag=Bán Hàng", NULL));
	assert_int_equal(query.statuses, 1u << PROXY_ACTIVE | 1u << PROXY_PAUSED);
	assert_int_equal(query.regions, 1u << REGION_NAM);
	assert_int_equal(query.user_id, 7);
	assert_int_equal(query.offset, 10);
	assert_int_equal(query.limit, 50);
	assert_int_equal(query.part, LIST_PAGED);
	assert_true(slice_eq(query.tag, SLICE_LIT("ban hang")));
	assert_true(parses("sort=-key_name", NULL));
	assert_int_equal(query.sort, SORT_KEY_NAME);
	assert_int_equal(query.direction, LIST_DESCENDING);
}

static void test_words(void **state)
{
	(void)state;
	assert_true(parses("q=  Đà \t NẴNG  Key7 ", NULL));
	assert_int_equal(query.word_count, 3);
	assert_true(slice_eq(query.words[0].folded, SLICE_LIT("da")));
	assert_true(slice_eq(query.words[1].folded, SLICE_LIT("nang")));
	assert_true(slice_eq(query.words[2].folded, SLICE_LIT("key7")));
	assert_true(query.words[2].key_hash == hash_bytes(SLICE_LIT("Key7")));
	assert_true(parses("q=\xcc\x80", NULL)); /* a mark without a letter */
	assert_int_equal(query.word_count, 0);
	assert_true(parses("q=a=b", NULL));
	assert_true(slice_eq(query.words[0].folded, SLICE_LIT("a=b")));
}

static void test_ids(void **state)
{
	(void)state;
	assert_true(parses("ids=30,1, 2&format=csv&template={host}&way=port", NULL));
	assert_int_equal(query.id_count, 3);
	assert_int_equal(query.ids[0], 1);
	assert_int_equal(query.ids[2], 30);
	assert_false(parses("ids=1,x", NULL));
	assert_false(parses("ids=", NULL)); /* not: all */
}

static void test_refusals(void **state)
{
	char text[LIST_TEXT_MAX_BYTES + 16];

	(void)state;
	assert_says("status=activ", "status must be one or more, separated by commas, of: pending active");
	assert_says("status=active,", "status must be");
	assert_says(
		"region=mars", "region must be one or more, separated by commas, of: bac trung nam random");
	assert_says("sort=name",
		"sort must be one of number, key_name, status, remote_ip, location, latency_ms, "
		"expiration_at, last_rotated_at, created_at, paid_until;");
	assert_says("sort=--number", "sort must be");
	assert_says("limit=0", "limit must be a whole number from 1 to 100000");
	assert_says("limit", "limit must be");
	assert_says("user=", "user (a user's id) must be");
	assert_says("offset=-1", "offset must be a whole number from 0");
	assert_says("user=bob", "user (a user's id) must be a whole number");
	assert_says("q=1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "at most 16 words");
	memset(text, 'x', sizeof(text));
	memcpy(text, "q=", 2);
	text[sizeof(text) - 1] = '\0';
	assert_says(text, "at most 300 bytes");
	list_query_done(&query);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
