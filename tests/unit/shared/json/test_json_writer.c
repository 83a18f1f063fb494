/* test_json_writer.c: commas, nesting, escaping; what is written must be readable by json_parse(). */
#include "shared/json/json_writer.h"

#include <math.h>
#include <stdlib.h>

#include "shared/json/json.h"
#include "tests/unit/test.h"

static void test_layout(void **state)
{
	struct json_writer w;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	json_writer_init(&w, &out);
	json_object_begin(&w);
	json_put_int(&w, "id", INT64_MIN);
	json_put_uint(&w, "u", UINT64_MAX);
	json_put_bool(&w, "b", false);
	json_put_null(&w, "z");
	json_put_cstr(&w, "none", NULL);
	json_put_cstr(&w, "s", "x");
	json_put_raw(&w, "raw", SLICE_LIT("[1]"));
	json_put_real(&w, "r", 0.1);
	json_put_real(&w, "inf", INFINITY);
	json_key(&w, "a");
	json_array_begin(&w);
	json_int(&w, 1);
	json_array_begin(&w);
	json_array_end(&w);
	json_object_begin(&w);
	json_object_end(&w);
	json_boolean(&w, true);
	json_array_end(&w);
	json_put_str(&w, "last", SLICE_NONE);
	json_object_end(&w);
	assert_string_equal(buf_str(&out),
		"{\"id\":-9223372036854775808,\"u\":18446744073709551615,\"b\":false,\"z\":null,\"none\":null,"
		"\"s\":\"x\",\"raw\":[1],\"r\":0.1,\"inf\":null,\"a\":[1,[],{},true],\"last\":\"\"}");
	json_free(json_parse(buf_slice(&out), NULL, NULL));
	buf_done(&out);
}

static void test_escaping(void **state)
{
	struct json_writer w;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	json_writer_init(&w, &out);
	json_text(&w, SLICE_LIT("a\"\\\n\r\t\x01\0\xff|\xe1\xbb\x99|\xed\xa0\x80"));
	assert_string_equal(buf_str(&out),
		"\"a\\\"\\\\\\n\\r\\t\\u0001\\u0000\xef\xbf\xbd|\xe1\xbb\x99|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	buf_done(&out);
}

/* Random bytes without NUL come back as they were, or (where they were no UTF-8) still parse. */
static void test_random_texts(void **state)
{
	unsigned short seed[3] = {4, 5, 6};
	struct json_writer w;
	struct buf out;
	struct slice back;
	char text[64];

	(void)state;
	buf_init(&out, 0);
	for (int round = 0; round < 20000; round++) {
		size_t len = (size_t)(nrand48(seed) % 64);
		bool ascii = nrand48(seed) % 2;
		for (size_t i = 0; i < len; i++)
			text[i] = (char)(1 + nrand48(seed) % (ascii ? 127 : 255));
		buf_clear(&out);
		json_writer_init(&w, &out);
		json_text(&w, slice_of(text, len));
		struct json *json = json_parse(buf_slice(&out), NULL, NULL);
		assert_non_null(json);
		assert_true(json_str(json, &back));
		if (ascii)
			assert_true(slice_eq(back, slice_of(text, len)));
		json_free(json);
	}
	buf_done(&out);
}

static void test_overflow(void **state)
{
	struct json_writer w;
	struct buf out;

	(void)state;
	buf_init(&out, 16);
	json_writer_init(&w, &out);
	json_object_begin(&w);
	json_put_cstr(&w, "name", "longer than sixteen bytes");
	json_object_end(&w);
	assert_true(out.overflow);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_escaping),
		cmocka_unit_test(test_random_texts),
		cmocka_unit_test(test_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
