/* test_proxy_form.c: what a client writes becomes a record's fields, or is refused with its name. */
#include "api-node/handlers/proxy_form.h"

#include "shared/json/json.h"
#include "shared/model/validate.h"
#include "tests/unit/test.h"

static bool take(struct proxy_form *form, const char *text, enum proxy_form_use use, struct field_err *err)
{
	struct json *body = json_parse(slice_from_str(text), NULL, NULL);

	assert_non_null(body);
	proxy_form_init(form);
	bool ok = proxy_form_take(form, body, use, err);
	json_free(body);
	return ok;
}

static void test_takes_every_kind(void **state)
{
	struct proxy_form form;
	struct field_err err = {0};
	struct slice value;

	(void)state;
	assert_true(take(&form,
		"{\"key_name\":\"a\",\"kiotproxy_key\":\"K1\",\"drain_seconds\":5,\"tags\":[\"x\"],"
		"\"paid_until\":null}",
		FORM_CREATE, &err));
	assert_true(proxy_form_get(&form, "provider_key", &value) && slice_eq_str(value, "K1"));
	assert_true(proxy_form_get(&form, "drain_seconds", &value) && slice_eq_str(value, "5"));
	assert_true(proxy_form_get(&form, "tags", &value) && slice_eq_str(value, "[\"x\"]"));
	assert_true(proxy_form_get(&form, "paid_until", &value) && slice_eq_str(value, "0"));
	assert_int_equal(proxy_form_fields(&form).count, 5);
	proxy_form_set_int(&form, "drain_seconds", 6);
	assert_true(proxy_form_get(&form, "drain_seconds", &value) && slice_eq_str(value, "6"));
	proxy_form_drop(&form, "tags");
	proxy_form_drop(&form, "tags");
	assert_false(proxy_form_get(&form, "tags", &value));
	assert_int_equal(proxy_form_fields(&form).count, 4);
	proxy_form_done(&form);
	proxy_form_done(&form);
}

static void test_leaves_others_and_copies(void **state)
{
	static const char *const others[] = {"dry_run", "keys"};
	struct json *body =
		json_parse(SLICE_LIT("{\"keys\":[1],\"note\":\"n\",\"region\":\"bac\"}"), NULL, NULL);
	struct proxy_form form, copy;
	struct field_err err = {0};
	struct slice value;

	(void)state;
	proxy_form_init(&form);
	assert_true(proxy_form_take_others(&form, body, FORM_CREATE, others, ARRAY_LEN(others), &err));
	assert_int_equal(form.count, 2);
	proxy_form_init(&copy);
	proxy_form_set(&copy, "region", SLICE_LIT("nam"));
	proxy_form_copy(&copy, &form);
	assert_int_equal(copy.count, 2);
	assert_true(proxy_form_get(&copy, "region", &value) && slice_eq_str(value, "bac"));
	proxy_form_done(&copy);
	assert_false(proxy_form_take_others(&form, body, FORM_CREATE, others, 1, &err));
	assert_string_equal(err.detail, "keys");
	proxy_form_done(&form);
	json_free(body);
}

static void refuses(const char *text, enum proxy_form_use use, const char *message_id, const char *field)
{
	struct proxy_form form;
	struct field_err err = {0};

	assert_false(take(&form, text, use, &err));
	assert_string_equal(err.message_id, message_id);
	assert_string_equal(err.field ? err.field : err.detail, field);
	proxy_form_done(&form);
}

static void test_refusals(void **state)
{
	(void)state;
	refuses("{\"foo\":1}", FORM_EDIT, "err.unknown_field", "foo");
	refuses("{\"is_active\":true}", FORM_CREATE, "err.unknown_field", "is_active");
	refuses("{\"kiotproxy_key\":\"a b\"}", FORM_EDIT, "err.key_chars", "kiotproxy_key");
	refuses("{\"provider\":\"static\"}", FORM_EDIT, "err.only_at_creation", "provider");
	refuses("{\"provider_key\":\"K\",\"kiotproxy_key\":\"L\"}", FORM_CREATE, "err.not_both",
		"kiotproxy_key");
	refuses("{\"key_name\":1}", FORM_EDIT, "err.type", "key_name");
	refuses("{\"drain_seconds\":\"1\"}", FORM_EDIT, "err.type", "drain_seconds");
	refuses("{\"is_active\":1}", FORM_EDIT, "err.type", "is_active");
	refuses("{\"paid_until\":\"soon\"}", FORM_EDIT, "err.time", "paid_until");
	refuses("{\"user_id\":3000000000}", FORM_EDIT, "err.range", "user_id");
	refuses("{\"kiotproxy_key\":\"a b\"}", FORM_CREATE, "err.key_chars", "kiotproxy_key");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes_every_kind),
		cmocka_unit_test(test_leaves_others_and_copies),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
