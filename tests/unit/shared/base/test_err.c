/* test_err.c: texts, prefixes and what happens when they are too long. */
#include "shared/base/err.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/test.h"

static void test_set(void **state)
{
	struct err err;

	(void)state;
	assert_false(err_set(NULL, ERR_INVALID, "x"));
	assert_false(err_set_sys(NULL, EPERM, "x"));
	assert_false(err_prefix(NULL, "x"));
	err_clear(NULL);
	assert_false(err_set_sys(&err, ECONNREFUSED, "connect %s", "h:1"));
	assert_string_equal(err.msg, "connect h:1: Connection refused");
	assert_int_equal(err.code, ERR_SYSTEM);
	assert_int_equal(err.sys_errno, ECONNREFUSED);
	assert_false(err_prefix(&err, "route %d", 7));
	assert_string_equal(err.msg, "route 7: connect h:1: Connection refused");
	assert_int_equal(err.sys_errno, ECONNREFUSED);
	assert_false(err_set(&err, ERR_INVALID, "no"));
	assert_int_equal(err.sys_errno, 0);
	err_clear(&err);
	assert_int_equal(err.code, ERR_NONE);
	assert_string_equal(err.msg, "");
}

static void test_too_long(void **state)
{
	char text[400];
	struct err err;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set(&err, ERR_INVALID, "%s", text);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	err_prefix(&err, "%s", text);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	err_set_sys(&err, ENOENT, "%s", text);
	assert_non_null(strstr(err.msg, "No such file")); /* the reason is never what gets cut */
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_set), cmocka_unit_test(test_too_long)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
