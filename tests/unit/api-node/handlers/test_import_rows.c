/* test_import_rows.c: a text or an array becomes rows: good, bad, or given before. */
#include "api-node/handlers/import_rows.h"

#include "shared/base/buf.h"
#include "shared/json/json.h"
#include "tests/unit/test.h"

static bool take(struct import_rows *rows, const char *keys, struct json **ret_json, struct field_err *err)
{
	*rows = (struct import_rows){0};
	*ret_json = json_parse(slice_from_str(keys), NULL, NULL);
	assert_non_null(*ret_json);
	return import_rows_take(rows, json_member(*ret_json, "k"), "k", err);
}

static void test_text(void **state)
{
	struct import_rows rows;
	struct json *json;
	struct field_err err = {0};

	(void)state;
	assert_true(take(&rows, "{\"k\":\"K1,K2\\nK1|again\\nbad key\\nK3\"}", &json, &err));
	assert_int_equal(rows.count, 5);
	assert_int_equal(rows.good, 3);
	assert_true(rows.list[2].kind == IMPORT_ROW_REPEATED && rows.list[2].first == &rows.list[0]);
	assert_true(rows.list[3].kind == IMPORT_ROW_BAD && rows.list[3].line.line == 3);
	assert_string_equal(rows.list[3].err.message_id, "err.key_chars");
	assert_true(rows.list[4].kind == IMPORT_ROW_GOOD && rows.list[4].nth == 2);
	import_rows_done(&rows);
	json_free(json);
}

static void test_array(void **state)
{
	struct import_rows rows;
	struct json *json;
	struct field_err err = {0};

	(void)state;
	assert_true(take(&rows, "{\"k\":[\"K1\",\"K2,K3|name\",\"\"]}", &json, &err));
	assert_int_equal(rows.count, 3);
	assert_true(slice_eq_str(rows.list[1].line.key, "K2,K3") && rows.list[1].line.line == 2);
	assert_string_equal(rows.list[2].err.message_id, "err.required");
	import_rows_done(&rows);
	json_free(json);
}

static void refuses(const char *keys, const char *message_id)
{
	struct import_rows rows;
	struct json *json;
	struct field_err err = {0};

	assert_false(take(&rows, keys, &json, &err));
	assert_string_equal(err.field, "k");
	assert_string_equal(err.message_id, message_id);
	import_rows_done(&rows);
	json_free(json);
}

static void test_refusals(void **state)
{
	struct buf many;

	(void)state;
	refuses("{\"k\":7}", "err.type");
	refuses("{\"k\":[\"K1\",7]}", "err.type");
	refuses("{\"k\":\" \\n\\n\"}", "err.import_empty");
	refuses("{\"k\":[]}", "err.import_empty");
	buf_init(&many, 0);
	buf_append_str(&many, "{\"k\":\"K");
	for (int i = 0; i < 10000; i++)
		buf_append_str(&many, ",K");
	buf_append_str(&many, "\"}");
	refuses(buf_str(&many), "err.too_many");
	buf_done(&many);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_array),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
