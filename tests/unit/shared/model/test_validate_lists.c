/* test_validate_lists.c: allow, tags and limits: what is refused, and the form in which records keep the
 * rest. */
#include "tests/unit/shared/model/unit.h"

#include <stdio.h>

#include "shared/json/json.h"
#include "shared/model/validate.h"

typedef bool list_rule(const struct json *value, struct buf *record, struct field_err *err);

/* expected NULL: refused, with that message. */
static void assert_list(list_rule *rule, const char *text, const char *expected, const char *message_id)
{
	struct json *json = json_parse(s(text), NULL, NULL);
	struct field_err err = {0};
	struct buf record;

	assert_non_null(json);
	buf_init(&record, 0);
	bool ok = rule(json, &record, &err);
	if (ok != (expected != NULL))
		fail_msg("%s: %s", text, ok ? "accepted" : err.message_id);
	if (expected)
		assert_string_equal(buf_str(&record), expected);
	else
		assert_string_equal(err.message_id, message_id);
	buf_done(&record);
	json_free(json);
}

static void allow(void **state)
{
	(void)state;
	assert_list(validate_allow, "[]", "[]", NULL);
	assert_list(validate_allow,
		"[\"1.2.3.4\",\"10.0.0.0/8\",\"2001:DB8::/32\",\"::1\",\"0.0.0.0/0\",\"::/0\"]",
		"[{\"cidr\":\"1.2.3.4/32\",\"until\":null},{\"cidr\":\"10.0.0.0/8\",\"until\":null},"
		"{\"cidr\":\"2001:db8::/32\",\"until\":null},{\"cidr\":\"::1/128\",\"until\":null},"
		"{\"cidr\":\"0.0.0.0/0\",\"until\":null},{\"cidr\":\"::/0\",\"until\":null}]",
		NULL);
	assert_list(validate_allow,
		"[{\"cidr\":\"1.2.3.4\",\"until\":\"2024-06-10T14:26:31.927Z\"},{\"cidr\":\"5.6.7.8/32\"},"
		"{\"until\":null,\"cidr\":\"9.9.9.9\"}]",
		"[{\"cidr\":\"1.2.3.4/32\",\"until\":1718029591927},{\"cidr\":\"5.6.7.8/32\",\"until\":null},"
		"{\"cidr\":\"9.9.9.9/32\",\"until\":null}]",
		NULL);
	assert_list(validate_allow, "{}", NULL, "err.type");
	assert_list(validate_allow, "[1]", NULL, "err.type");
	assert_list(validate_allow, "[{}]", NULL, "err.type");
	assert_list(validate_allow, "[{\"cidr\":\"1.2.3.4\",\"from\":1}]", NULL, "err.type");
	assert_list(validate_allow, "[{\"cidr\":4}]", NULL, "err.type");
	assert_list(validate_allow, "[\"1.2.3.4/33\"]", NULL, "err.allow_cidr");
	assert_list(validate_allow, "[\"1.2.3.4/24\"]", NULL, "err.allow_host_bits");
	assert_list(validate_allow, "[\"my.host.example\"]", NULL, "err.allow_cidr");
	assert_list(validate_allow, "[\"\"]", NULL, "err.allow_cidr");
	assert_list(validate_allow, "[{\"cidr\":\"1.2.3.4\",\"until\":1718029591927}]", NULL, "err.time");
	assert_list(validate_allow, "[{\"cidr\":\"1.2.3.4\",\"until\":\"tomorrow\"}]", NULL, "err.time");
	assert_list(validate_allow, "[{\"cidr\":\"1.2.3.4\",\"until\":\"1970-01-01T00:00:00Z\"}]", NULL,
		"err.time");
}

static void too_many(void **state)
{
	char text[ALLOW_MAX * 20];

	(void)state;
	for (int extra = 0; extra <= 1; extra++) {
		size_t len = (size_t)snprintf(text, sizeof(text), "[");

		for (int i = 0; i < ALLOW_MAX + extra; i++)
			len += (size_t)snprintf(
				text + len, sizeof(text) - len, "%s\"9.9.9.%d\"", i ? "," : "", i);
		snprintf(text + len, sizeof(text) - len, "]");
		struct json *json = json_parse(s(text), NULL, NULL);
		struct field_err err = {0};
		struct buf record;

		assert_non_null(json);
		buf_init(&record, 0);
		assert_int_equal(validate_allow(json, &record, &err), extra == 0);
		if (extra)
			assert_string_equal(err.message_id, "err.too_many");
		buf_done(&record);
		json_free(json);
	}
}

static void allow_list(void **state)
{
	struct field_err err;
	struct buf record;

	(void)state;
	buf_init(&record, 0);
	assert_true(validate_allow_list(s(" 127.0.0.0/8, ::1/128"), &record, &err));
	assert_string_equal(buf_str(&record),
		"[{\"cidr\":\"127.0.0.0/8\",\"until\":null},{\"cidr\":\"::1/128\",\"until\":null}]");
	buf_clear(&record);
	assert_true(validate_allow_list(SLICE_NONE, &record, &err));
	assert_string_equal(buf_str(&record), "[]");
	assert_false(validate_allow_list(s("127.0.0.0/8,"), &record, &err));
	assert_false(validate_allow_list(s("any"), &record, &err));
	assert_string_equal(err.detail, "any");
	buf_done(&record);
}

static void tags(void **state)
{
	(void)state;
	assert_list(validate_tags, "[]", "[]", NULL);
	assert_list(validate_tags, "[\"fb\",\" Hà Nội \",\"fb\",\"\\\"x\\\"\"]",
		"[\"fb\",\"Hà Nội\",\"\\\"x\\\"\"]", NULL);
	assert_list(validate_tags, "\"fb\"", NULL, "err.type");
	assert_list(validate_tags, "[1]", NULL, "err.type");
	assert_list(validate_tags, "[\" \"]", NULL, "err.text_length");
	assert_list(validate_tags, "[\"123456789012345678901234567890123\"]", NULL, "err.text_length");
	assert_list(validate_tags, "[\"a\\nb\"]", NULL, "err.text_chars");
	assert_list(validate_tags, "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]", NULL, "err.too_many");
}

static void limits(void **state)
{
	(void)state;
	assert_list(validate_limits, "{}", "{}", NULL);
	assert_list(validate_limits, "{\"connections\":50}", "{\"connections\":50}", NULL);
	assert_list(validate_limits, "{\"connections\":0}", "{\"connections\":0}", NULL);
	assert_list(validate_limits, "{\"connections\":-1}", NULL, "err.range");
	assert_list(validate_limits, "{\"connections\":1000001}", NULL, "err.range");
	assert_list(validate_limits, "{\"connections\":\"5\"}", NULL, "err.type");
	assert_list(validate_limits, "{\"bytes\":5}", NULL, "err.type");
	assert_list(validate_limits, "{\"bytes_per_month\":5000000000,\"connections\":9}",
		"{\"connections\":9,\"bytes_per_month\":5000000000}", NULL);
	assert_list(validate_limits, "{\"bytes_per_month\":null}", "{\"bytes_per_month\":0}", NULL);
	assert_list(validate_limits, "{\"bytes_per_month\":1000000000000001}", NULL, "err.range");
	assert_list(validate_limits, "{\"bytes_per_month\":1.5}", NULL, "err.type");
	assert_list(validate_limits, "[]", NULL, "err.type");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow),
		cmocka_unit_test(too_many),
		cmocka_unit_test(allow_list),
		cmocka_unit_test(tags),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
