/* test_bulk_members.c: what each action of a bulk call takes, and refuses by name. */
#include "api-node/handlers/bulk_members.h"

#include "api-node/handlers/bulk_actions.h"
#include "shared/json/json.h"
#include "shared/model/validate.h"
#include "tests/unit/test.h"

static bool take(bulk_take_fn *fn, struct bulk_call *call, const char *body, struct field_err *err)
{
	struct json *json = json_parse(slice_from_str(body), NULL, NULL);

	assert_non_null(json);
	*call = (struct bulk_call){0};
	proxy_form_init(&call->form);
	bool ok = fn(call, json, err);
	json_free(json);
	return ok;
}

static void has(const struct bulk_call *call, const char *name, const char *expected)
{
	struct slice value;

	assert_true(proxy_form_get(&call->form, name, &value));
	assert_true(slice_eq_str(value, expected));
}

static void test_takes(void **state)
{
	struct bulk_call call;
	struct field_err err = {0};

	(void)state;
	assert_true(take(take_rotate, &call, "{\"region\":\"bac\",\"when\":\"allowed\"}", &err));
	assert_string_equal(call.region, "bac");
	assert_int_equal(call.when, STORE_WHEN_ALLOWED);
	assert_true(take(take_rotate, &call, "{}", &err) && call.when == STORE_WHEN_NOW);
	assert_true(take(take_delete, &call, "{\"release\":true}", &err) && call.release);
	assert_true(take(take_pause, &call, "{}", &err));
	has(&call, "is_active", "0");
	proxy_form_done(&call.form);
	assert_true(take(take_tag, &call, "{\"add\":[\"a\",\"a\"],\"remove\":[]}", &err));
	has(&call, "tags_add", "[\"a\"]");
	has(&call, "tags_remove", "[]");
	proxy_form_done(&call.form);
	assert_true(
		take(take_set, &call, "{\"regenerate_password\":true}", &err) && call.regenerate_password);
	assert_true(take(take_renewed, &call, "{}", &err));
	has(&call, "renew_days", "0");
	has(&call, "try_key", "1");
	proxy_form_done(&call.form);
	assert_true(take(take_renewed, &call, "{\"paid_until\":\"1970-01-02\"}", &err));
	has(&call, "paid_until", "147599000");
	proxy_form_done(&call.form);
}

static void refuses(bulk_take_fn *fn, const char *body, const char *field, const char *message_id)
{
	struct bulk_call call;
	struct field_err err = {0};

	assert_false(take(fn, &call, body, &err));
	assert_string_equal(err.field, field);
	assert_string_equal(err.message_id, message_id);
	proxy_form_done(&call.form);
}

static void test_refusals(void **state)
{
	(void)state;
	refuses(take_rotate, "{\"region\":1}", "region", "err.type");
	refuses(take_rotate, "{\"when\":\"later\"}", "when", "err.choice");
	refuses(take_delete, "{\"release\":1}", "release", "err.type");
	refuses(take_tag, "{}", "add", "err.required");
	refuses(take_tag, "{\"remove\":1}", "remove", "err.type");
	refuses(take_set, "{}", "fields", "err.required");
	refuses(take_set, "{\"fields\":{}}", "fields", "err.required");
	refuses(take_set, "{\"fields\":{\"user_id\":1}}", "user_id", "err.unknown_field");
	refuses(take_set, "{\"fields\":{\"kiotproxy_key\":\"K\"}}", "kiotproxy_key", "err.unknown_field");
	refuses(take_set, "{\"fields\":{\"password\":\"12345678\"},\"regenerate_password\":true}", "password",
		"err.not_both");
	refuses(take_assign, "{}", "user_id", "err.required");
	refuses(take_assign, "{\"user_id\":0}", "user_id", "err.range");
	refuses(take_renewed, "{\"days\":0}", "days", "err.range");
	refuses(take_renewed, "{\"days\":1,\"paid_until\":\"2031-01-01\"}", "days", "err.not_both");
	refuses(take_renewed, "{\"paid_until\":\"soon\"}", "paid_until", "err.time");
}

/* The list that an unknown action is answered with names actions that there are. */
static void test_list(void **state)
{
	struct slice name, rest = slice_from_str(bulk_actions_list());
	bool more = true;

	(void)state;
	while (more) {
		more = slice_cut(rest, ',', &name, &rest);
		assert_non_null(bulk_action_find(slice_trim(name, " ")));
	}
	assert_null(bulk_action_find(SLICE_LIT("fly")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
