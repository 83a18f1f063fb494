/* test_copy_format.c: each form as its tool reads it; templates of one's own. */
#include "shared/model/copy_format.h"

#include <string.h>

#include "tests/unit/test.h"

static const struct copy_values VALUES = {
	.host = {"proxy1.example.com", 18},
	.port = 9001,
	.user = {"proxy1", 6},
	.pass = {"p%s{host}", 9},
	.rotate_link = {"https://x/r/t", 13},
	.name = {"Máy {port}", 11},
};

static void assert_line(enum copy_format format, const char *template_text, const char *line)
{
	struct buf out;

	buf_init(&out, 0);
	copy_line(&out, format, slice_from_str(template_text), &VALUES);
	assert_string_equal(buf_str(&out), line);
	buf_done(&out);
}

static void test_formats(void **state)
{
	(void)state;
	assert_line(COPY_HOST_PORT_USER_PASS, "", "proxy1.example.com:9001:proxy1:p%s{host}");
	assert_line(COPY_HOST_PORT, "", "proxy1.example.com:9001");
	assert_line(COPY_HTTP_URL, "", "http://proxy1:p%25s%7Bhost%7D@proxy1.example.com:9001");
	assert_line(COPY_SOCKS5_URL, "", "socks5://proxy1:p%25s%7Bhost%7D@proxy1.example.com:9001");
	assert_line(COPY_GPM, "", "socks5://proxy1.example.com:9001:proxy1:p%s{host}");
	assert_line(COPY_HIDEMIUM, "", "HTTP|proxy1.example.com|9001|proxy1|p%s{host}");
}

static void test_templates(void **state)
{
	(void)state;
	assert_line(COPY_TEMPLATE, "{name};{user}@{host}:{port} {rotate_link}",
		"Máy {port};proxy1@proxy1.example.com:9001 https://x/r/t");
	assert_line(COPY_TEMPLATE, "{\"host\":\"{host}\"}", "{\"host\":\"proxy1.example.com\"}");
	assert_line(COPY_TEMPLATE, "{host", "{host");
	assert_line(COPY_TEMPLATE, "{}{{port}}", "{}{9001}");
}

static void test_checks(void **state)
{
	struct err err = {0};
	enum copy_format format;

	(void)state;
	assert_true(copy_template_check(SLICE_LIT("{host} {} {Host} {\"host\":1} {"), &err));
	assert_false(copy_template_check(SLICE_LIT("{host}:{password}"), &err));
	assert_non_null(strstr(err.msg, "no {password}"));
	assert_non_null(strstr(err.msg, "{rotate_link}"));
	assert_true(copy_format_parse(SLICE_LIT("gpm"), &format));
	assert_int_equal(format, COPY_GPM);
	assert_true(copy_format_is_socks5(format));
	assert_true(copy_format_is_socks5(COPY_SOCKS5_URL));
	assert_false(copy_format_is_socks5(COPY_HTTP_URL));
	assert_false(copy_format_is_socks5(COPY_TEMPLATE));
	assert_false(copy_format_parse(SLICE_LIT("GPM"), &format));
	assert_non_null(strstr(copy_format_names(), "host_port, http_url"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_checks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
