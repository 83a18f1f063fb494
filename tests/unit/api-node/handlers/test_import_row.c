/* test_import_row.c: the columns of a line, checked and laid over what holds for all. */
#include "api-node/handlers/import_row.h"

#include "shared/model/validate.h"
#include "tests/unit/test.h"

static struct key_line line_of(const char *text)
{
	struct key_line line = {.line = 1};

	key_line_of(slice_from_str(text), &line);
	return line;
}

static void refuses(const char *text, const char *field, const char *message_id)
{
	struct key_line line = line_of(text);
	struct field_err err = {0};

	assert_false(import_row_check(&line, &err));
	assert_string_equal(err.field, field);
	assert_string_equal(err.message_id, message_id);
}

static void test_refusals(void **state)
{
	(void)state;
	refuses("|name", "key", "err.required");
	refuses("a b", "key", "err.key_chars");
	refuses("kh\xc3\xb3"
		"a",
		"key", "err.key_chars");
	refuses("K|a\x01", "name", "err.text_chars");
	refuses("K||mars", "region", "err.choice");
	refuses("K|||a\x01", "tags", "err.text_chars");
	refuses("K||||31/02/2027", "paid_until", "err.date");
	refuses("K|a|nam|t|31/01/2027|x", "line", "err.import_columns");
}

static void has(const struct proxy_form *form, const char *name, const char *expected)
{
	struct slice value;

	assert_true(proxy_form_get(form, name, &value));
	assert_true(slice_eq_str(value, expected));
}

static void test_line_over_defaults(void **state)
{
	struct key_line full = line_of("K1|M\xc3\xa1y 1|Mi\xe1\xbb\x81n B\xe1\xba\xaf"
				       "c|x, \"y\";, x|1/1/1970");
	struct key_line bare = line_of("K2");
	struct proxy_form defaults, form;
	struct field_err err = {0};

	(void)state;
	proxy_form_init(&defaults);
	proxy_form_set(&defaults, "region", SLICE_LIT("random"));
	proxy_form_set(&defaults, "tags", SLICE_LIT("[\"all\"]"));
	assert_true(import_row_check(&full, &err) && import_row_check(&bare, &err));
	import_row_form(&defaults, &full, &form);
	has(&form, "provider_key", "K1");
	has(&form, "key_name", "M\xc3\xa1y 1");
	has(&form, "region", "bac");
	has(&form, "tags", "[\"x\",\"\\\"y\\\"\"]");
	has(&form, "paid_until", "61199000");
	proxy_form_done(&form);
	import_row_form(&defaults, &bare, &form);
	has(&form, "provider_key", "K2");
	has(&form, "region", "random");
	has(&form, "tags", "[\"all\"]");
	assert_int_equal(proxy_form_fields(&form).count, 3);
	proxy_form_done(&form);
	proxy_form_done(&defaults);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_line_over_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
