/* test_notice_form.c: what each kind of channel needs and takes, and that what is stored of its secrets is
 * sealed for this channel and field. Every refusal with its sentence is in the system test. */
#include "tests/unit/test.h"

#include <string.h>

#include "api-node/handlers/notice_form.h"
#include "shared/crypto/keyring.h"
#include "shared/crypto/seal.h"
#include "shared/json/json.h"
#include "shared/model/validate.h"

#define TELEGRAM "{\"name\":\"n\",\"kind\":\"telegram\",\"bot_token\":\"1:ab\",\"chat_id\":-5}"
#define WEBHOOK  "{\"name\":\"n\",\"kind\":\"webhook\",\"url\":\"https://example.com/secret-path-of-mine\"}"

static bool take(struct notice_form *form, const char *text, const char **ret_id)
{
	struct json *body = json_parse(slice_from_str(text), NULL, NULL);
	struct field_err err = {0};

	assert_non_null(body);
	notice_form_init(form, NOTICE_ADDRESS_PUBLIC);
	bool ok = notice_form_create(form, body, &err);
	*ret_id = err.message_id;
	json_free(body);
	return ok;
}

static const char *value_of(struct notice_form *form, const char *name, char dst[512])
{
	struct slice value;

	dst[0] = '\0';
	if (proxy_form_get(&form->fields, name, &value))
		assert_true(slice_copy(value, dst, 512));
	return dst;
}

static void what_was_left_out(void **state)
{
	struct notice_form form;
	const char *id;
	char text[512];

	(void)state;
	assert_true(take(&form, TELEGRAM, &id));
	assert_string_equal(value_of(&form, "kind", text), "telegram");
	assert_string_equal(value_of(&form, "chat_id", text), "-5");
	assert_string_equal(value_of(&form, "shown", text), "1:…");
	assert_null(strstr(value_of(&form, "events", text), "rotated"));
	assert_non_null(strstr(text, "unhealthy"));
	assert_string_equal(form.new_secret, "");
	notice_form_done(&form);
	assert_true(take(&form, WEBHOOK, &id));
	assert_int_equal(strlen(form.new_secret), WEBHOOK_SECRET_BYTES - 1);
	assert_null(strstr(value_of(&form, "shown", text), "secret"));
	notice_form_done(&form);
}

static void each_kind_takes_its_own(void **state)
{
	static const struct {
		const char *body, *message_id;
	} cases[] = {
		{"{}", "err.required"},
		{"{\"kind\":\"webhook\",\"url\":\"https://example.com/\"}", "err.required"},
		{"{\"name\":\"n\",\"kind\":\"slack\"}", "err.required"},
		{"{\"name\":\"n\",\"kind\":\"slack\",\"bot_token\":\"1:a\"}", "err.unknown_field"},
		{"{\"name\":\"n\",\"kind\":\"telegram\",\"url\":\"https://example.com/\"}",
			"err.unknown_field"},
		{"{\"name\":\"n\",\"kind\":\"webhook\",\"url\":\"https://example.com/\",\"new_secret\":true}",
			"err.unknown_field"},
		{"{\"name\":\"n\",\"kind\":\"webhook\",\"url\":\"http://example.com/\"}", "err.notice_http"},
		{"{\"name\":\"n\",\"kind\":\"webhook\",\"url\":\"https://192.168.1.2/\"}",
			"err.notice_private"},
		{"{\"name\":\"n\",\"kind\":7}", "err.type"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct notice_form form;
		const char *id;

		assert_false(take(&form, cases[i].body, &id));
		assert_string_equal(id, cases[i].message_id);
		notice_form_done(&form);
	}
}

static void secrets_are_sealed_for_their_place(void **state)
{
	struct keyring *keyring = keyring_load(
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", NULL, NULL, NULL);
	struct notice_form form;
	struct buf plain;
	const char *id;
	char sealed[512];

	(void)state;
	assert_non_null(keyring);
	assert_true(take(&form, WEBHOOK, &id));
	assert_true(notice_form_seal(&form, keyring, 7, NULL));
	buf_init(&plain, 0);
	value_of(&form, "url", sealed);
	assert_null(strstr(sealed, "example.com"));
	assert_false(unseal(keyring, SLICE_LIT("notice:8:url"), slice_from_str(sealed), &plain, NULL));
	assert_false(unseal(keyring, SLICE_LIT("notice:7:secret"), slice_from_str(sealed), &plain, NULL));
	assert_true(unseal(keyring, SLICE_LIT("notice:7:url"), slice_from_str(sealed), &plain, NULL));
	assert_string_equal(buf_str(&plain), "https://example.com/secret-path-of-mine");
	buf_clear(&plain);
	value_of(&form, "secret", sealed);
	assert_true(unseal(keyring, SLICE_LIT("notice:7:secret"), slice_from_str(sealed), &plain, NULL));
	assert_string_equal(buf_str(&plain), form.new_secret);
	buf_done(&plain);
	notice_form_done(&form);
	keyring_free(keyring);
}

static void a_change_names_what_it_changes(void **state)
{
	struct json *body =
		json_parse(SLICE_LIT("{\"name\":\"x\",\"tag\":null,\"new_secret\":true}"), NULL, NULL);
	struct field_err err = {0};
	struct notice_form form;
	char text[512];

	(void)state;
	notice_form_init(&form, NOTICE_ADDRESS_PUBLIC);
	assert_true(notice_form_edit(&form, NOTICE_KIND_WEBHOOK, body, &err));
	assert_int_equal(form.fields.count, 3);
	assert_string_equal(value_of(&form, "secret", text), form.new_secret);
	notice_form_done(&form);
	notice_form_init(&form, NOTICE_ADDRESS_PUBLIC);
	assert_false(notice_form_edit(&form, NOTICE_KIND_SLACK, body, &err));
	assert_string_equal(err.message_id, "err.unknown_field");
	notice_form_done(&form);
	json_free(body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_left_out),
		cmocka_unit_test(each_kind_takes_its_own),
		cmocka_unit_test(secrets_are_sealed_for_their_place),
		cmocka_unit_test(a_change_names_what_it_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
