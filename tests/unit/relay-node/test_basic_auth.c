/* test_basic_auth.c: credentials as clients send them, and as attackers do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay-node/basic_auth.h"

static void assert_pair(const char *value, const char *user, const char *password)
{
	struct basic_auth auth;

	assert_int_equal(basic_auth_parse(slice_from_str(value), &auth), BASIC_AUTH_OK);
	assert_true(slice_eq_str(basic_auth_user(&auth), user));
	assert_true(slice_eq_str(basic_auth_password(&auth), password));
}

static void test_good(void **state)
{
	(void)state;
	assert_pair("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"); /* RFC 7617 section 2 */
	assert_pair("bAsIc   QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame");
	assert_pair("Basic YTpiOmM=", "a", "b:c");
	assert_pair("Basic Og==", "", "");
	assert_pair("Basic dGVzdDoxMjPCow==", "test", "123\xc2\xa3");
	assert_pair("Basic YTo+Pj8/", "a", ">>??"); /* '+' and '/' */
}

static void test_refused(void **state)
{
	static const struct {
		const char *value;
		enum basic_auth_verdict want;
	} rows[] = {
		{"", BASIC_AUTH_BAD}, {" ", BASIC_AUTH_BAD}, {"Basic", BASIC_AUTH_BAD},
		{"Basic ", BASIC_AUTH_BAD}, {"Basic\tYTpi", BASIC_AUTH_BAD},
		{"BasicYTpi", BASIC_AUTH_OTHER_SCHEME}, {"Bearer YTpi", BASIC_AUTH_OTHER_SCHEME},
		{"Digest username=\"a\"", BASIC_AUTH_OTHER_SCHEME},
		{"Basic YWI=", BASIC_AUTH_BAD},     /* no colon */
		{"Basic YTpiYw", BASIC_AUTH_BAD},   /* padding missing */
		{"Basic YTpiYw=", BASIC_AUTH_BAD},  /* half of it */
		{"Basic YTpiYx==", BASIC_AUTH_BAD}, /* unused bits set: a second spelling */
		{"Basic YTp=", BASIC_AUTH_BAD},     /* as above, of two bytes */
		{"Basic Y===", BASIC_AUTH_BAD}, {"Basic ====", BASIC_AUTH_BAD},
		{"Basic YT=pi", BASIC_AUTH_BAD}, {"Basic YTpi YTpi", BASIC_AUTH_BAD},
		{"Basic YTpi_-", BASIC_AUTH_BAD}, /* the URL alphabet */
		{"Basic YTpi\xc3\xa4YQ==", BASIC_AUTH_BAD},
		{"Basic YTpiCg==", BASIC_AUTH_BAD}, /* "a:b\n": a line break for a log */
		{"Basic YQA6Yg==", BASIC_AUTH_BAD}, /* "a\0:b" */
	};
	struct basic_auth auth;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		enum basic_auth_verdict got = basic_auth_parse(slice_from_str(rows[i].value), &auth);
		if (got != rows[i].want)
			fail_msg("'%s': %d instead of %d", rows[i].value, got, rows[i].want);
		assert_int_equal(auth.user_len + auth.password_len + auth.text[0], 0); /* wiped */
	}
}

/* "aaa…:…": the largest pair that fits, then one byte more. */
static void test_size_limit(void **state)
{
	char value[1024] = "Basic ";
	struct basic_auth auth;

	(void)state;
	for (size_t i = 0; i < BASIC_AUTH_BYTES_MAX / 3; i++)
		memcpy(value + 6 + i * 4, i == 0 ? "YTph" : "YWFh", 4);
	size_t len = 6 + BASIC_AUTH_BYTES_MAX / 3 * 4;
	assert_int_equal(basic_auth_parse(slice_of(value, len), &auth), BASIC_AUTH_OK);
	assert_int_equal(auth.user_len + auth.password_len + 1, BASIC_AUTH_BYTES_MAX);
	memcpy(value + len, "YQ==", 4);
	assert_int_equal(basic_auth_parse(slice_of(value, len + 4), &auth), BASIC_AUTH_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_size_limit),
	};
	basic_auth_wipe(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
