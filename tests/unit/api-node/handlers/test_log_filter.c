/* test_log_filter.c: which lines of the history pass a filter, and the query for the next page of them. */
#include "api-node/handlers/log_filter.h"

#include <stdio.h>

#include "shared/base/buf.h"
#include "shared/model/log_entry.h"
#include "shared/model/proxy.h"
#include "tests/unit/test.h"

static bool passes(struct log_filter filter)
{
	const struct proxy proxy = {.key_name = SLICE_LIT("Kho Đà Nẵng"), .subdomain = SLICE_LIT("proxy7")};
	struct log_entry entry;
	struct err err = {0};

	assert_true(log_entry_parse(
		SLICE_LIT("{\"id\":\"5-0\",\"proxy_id\":7,\"action\":\"rotate\",\"status\":\"error\","
			  "\"message_id\":\"err.cooldown\",\"params\":{\"s\":45},\"user\":\"Lan|token:n8n\","
			  "\"timestamp\":1}"),
		&entry, &err));
	bool ok = log_filter_matches(&filter, &entry, &proxy);
	log_entry_done(&entry);
	return ok;
}

static void test_each_filter(void **state)
{
	(void)state;
	assert_true(passes((struct log_filter){0}));
	assert_false(log_filter_is_narrow(&(struct log_filter){.limit = 5, .proxy_id = 7}));
	assert_true(passes((struct log_filter){
		.action = "rotate", .status = "error", .user = "lan", .via = "token:N8N"}));
	assert_true(passes((struct log_filter){.via = "token"}));
	assert_false(passes((struct log_filter){.via = "session"}));
	assert_false(passes((struct log_filter){.via = "tok"}));
	assert_false(passes((struct log_filter){.action = "rotat"}));
	assert_false(passes((struct log_filter){.user = "la"}));
	assert_false(passes((struct log_filter){.user = "lan|token:n8n"}));
}

static void test_any_text_of_the_line(void **state)
{
	static const char *const found[] = {
		"in 45 s", "sau 45 giay", "n8n", "da nang", "proxy7", "rotate", "lan"};

	(void)state;
	for (size_t i = 0; i < sizeof(found) / sizeof(found[0]); i++) {
		struct log_filter filter = {0};
		snprintf(filter.q, sizeof(filter.q), "%s", found[i]);
		if (!passes(filter))
			fail_msg("not found: %s", found[i]);
	}
	assert_false(passes((struct log_filter){.q = "elsewhere"}));
}

static void test_query_of_the_next_page(void **state)
{
	const struct log_filter filter = {
		.limit = 20, .proxy_id = 7, .before = "9-0", .via = "token:máy 1", .q = "a&b=c%"};
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	log_filter_query(&filter, "5-0", &out);
	assert_string_equal(
		buf_str(&out), "limit=20&before=5-0&proxy_id=7&via=token%3Am%C3%A1y%201&q=a%26b%3Dc%25");
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_filter),
		cmocka_unit_test(test_any_text_of_the_line),
		cmocka_unit_test(test_query_of_the_next_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
