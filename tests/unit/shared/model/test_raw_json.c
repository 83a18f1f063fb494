/* test_raw_json.c: values are cut out byte for byte, and no text leads outside itself. */
#include "tests/unit/shared/model/unit.h"

#include "shared/model/raw_json.h"

static void members(void **state)
{
	struct raw_json walk = raw_json_of(s(
		" {\"a\" : 1 ,\n\"b\":\"x\\\"},\\\\\",\"c\":{\"d\":[1,{\"e\":\"]\"}] },\"f\":[ ],\"g\":null , \"h\":-1.5e3}\n"));
	struct slice name, value;
	static const char *const EXPECTED[][2] = {{"a", "1"}, {"b", "\"x\\\"},\\\\\""},
		{"c", "{\"d\":[1,{\"e\":\"]\"}] }"}, {"f", "[ ]"}, {"g", "null"}, {"h", "-1.5e3"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(EXPECTED); i++) {
		assert_true(raw_json_next(&walk, &name, &value));
		assert_slice(name, EXPECTED[i][0]);
		assert_slice(value, EXPECTED[i][1]);
	}
	assert_false(raw_json_next(&walk, &name, &value));
	assert_false(raw_json_next(&walk, &name, &value));
}

static void elements(void **state)
{
	struct raw_json walk = raw_json_of(s("[ {\"a\":1} ,2,\"\",[]]"));
	struct slice name, value;
	static const char *const EXPECTED[] = {"{\"a\":1}", "2", "\"\"", "[]"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(EXPECTED); i++) {
		assert_true(raw_json_next(&walk, &name, &value));
		assert_int_equal(name.len, 0);
		assert_slice(value, EXPECTED[i]);
	}
	assert_false(raw_json_next(&walk, &name, &value));
}

static void empty_and_other(void **state)
{
	static const char *const TEXTS[] = {
		"{}", "[]", "[ ]", "", " ", "1", "\"a\"", "{", "[", "{\"a", "{\"a\"", "{\"a\":"};
	struct slice name, value;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++) {
		struct raw_json walk = raw_json_of(s(TEXTS[i]));

		assert_false(raw_json_next(&walk, &name, &value));
	}
	assert_false(raw_json_member(s("{\"a\":1}"), "b", &value));
	assert_true(raw_json_member(s("{\"a\":1,\"value\":{ }}"), "value", &value));
	assert_slice(value, "{ }");
}

/* Every prefix of a text, in a block of exactly its size: the sanitizer sees a read behind it. */
static void cut_anywhere(void **state)
{
	static const char TEXT[] = "{\"a\":\"\\\"\",\"b\":[1,{\"c\":\"\\\\\"}],\"d\":true}";
	struct slice name, value;

	(void)state;
	for (size_t len = 0; len < sizeof(TEXT); len++) {
		char *copy = malloc(len + (len == 0));
		struct raw_json walk;
		size_t steps = 0;

		memcpy(copy, TEXT, len);
		walk = raw_json_of(slice_of(copy, len));
		while (raw_json_next(&walk, &name, &value)) {
			assert_true(value.data >= copy && value.data + value.len <= copy + len);
			assert_true(++steps <= 3);
		}
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members),
		cmocka_unit_test(elements),
		cmocka_unit_test(empty_and_other),
		cmocka_unit_test(cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
