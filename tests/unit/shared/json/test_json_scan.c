/* test_json_scan.c: escapes are resolved as the tree's reader resolves them, for every character there is. */
#include "shared/json/json_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json/json.h"
#include "tests/unit/test.h"

/* `inside`: what stands between the quotes. */
static void assert_same(const char *inside)
{
	char text[256], plain[256];
	struct slice expected;

	snprintf(text, sizeof(text), "\"%s\"", inside);
	assert_true(json_scan(slice_from_str(text), 1, NULL));
	struct json *tree = json_parse(slice_from_str(text), NULL, NULL);
	assert_true(json_str(tree, &expected));
	size_t len = json_unescape(slice_from_str(inside), plain);
	assert_true(len <= strlen(inside));
	assert_true(slice_eq(slice_of(plain, len), expected));
	json_free(tree);
}

static void test_escapes(void **state)
{
	(void)state;
	assert_same("");
	assert_same("Đà Nẵng");
	assert_same("\\\"\\\\\\/\\b\\f\\n\\r\\t");
	assert_same("[{\\\"cidr\\\":\\\"1.2.3.4/32\\\"}]");
	assert_same("a\\u0041\\u00e0\\u1EB5b\\\\u0041");
	assert_same("\\uD83D\\uDE00\\ud83d\\ude00");
}

static void test_every_code_point(void **state)
{
	char text[32];

	(void)state;
	for (unsigned cp = 1; cp < 0x110000; cp += cp < 0x10000 ? 1 : 37) {
		if (cp >= 0xd800 && cp <= 0xdfff)
			continue;
		if (cp < 0x10000)
			snprintf(text, sizeof(text), "x\\u%04xy", cp);
		else
			snprintf(text, sizeof(text), "x\\u%04X\\u%04Xy", 0xd800 + ((cp - 0x10000) >> 10),
				0xdc00 + ((cp - 0x10000) & 0x3ff));
		assert_same(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_every_code_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
