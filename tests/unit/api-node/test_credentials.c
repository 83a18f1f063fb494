/* test_credentials.c: whose token, and which origins may act with the cookie. */
#include "api-node/credentials.h"

#include <string.h>

#include "tests/unit/test.h"

static struct slice token_of(const char *authorization, const char *cookies)
{
	struct slice token = SLICE_LIT("untouched");

	if (credentials_token(slice_from_str(authorization), slice_from_str(cookies), &token) !=
		CREDENTIALS_TOKEN) {
		assert_true(slice_eq_str(token, "untouched"));
		return SLICE_NONE;
	}
	return token;
}

static void test_token(void **state)
{
	(void)state;
	assert_true(slice_eq_str(token_of("Bearer abc", NULL), "abc"));
	assert_true(slice_eq_str(token_of("bearer  abc ", NULL), "abc"));
	assert_true(slice_eq_str(token_of(NULL, "session_id=abc"), "abc"));
	assert_true(slice_eq_str(token_of(NULL, "a=b; session_id=abc;c=d"), "abc"));
	assert_null(token_of(NULL, NULL).data);
	assert_null(token_of(NULL, "xsession_id=abc; session_idx=abc").data);
	assert_null(token_of(NULL, "session_id=").data);
	assert_null(token_of("Basic abc", "session_id=abc").data); /* what is there must be good */
	assert_null(token_of("Bearer", NULL).data);
	assert_null(token_of("Bearer ", NULL).data);
	assert_true(slice_eq_str(token_of("Bearer kp_abc", NULL), "kp_abc"));
	assert_null(token_of(NULL, "session_id=kp_abc").data); /* an API token is no cookie */
}

static void test_what_is_wrong(void **state)
{
	static const struct {
		const char *authorization, *cookies;
		enum credentials_kind kind;
	} cases[] = {
		{NULL, NULL, CREDENTIALS_NONE},
		{NULL, "session_id=", CREDENTIALS_NONE},
		{NULL, "session_id=kp_abc", CREDENTIALS_NONE},
		{"Basic abc", "session_id=abc", CREDENTIALS_NOT_BEARER},
		{"kp_abc", NULL, CREDENTIALS_NOT_BEARER},
		{"Bearer", NULL, CREDENTIALS_NOT_BEARER},
		{"Bearer ", NULL, CREDENTIALS_NOT_BEARER},
		{"Bearer abc", NULL, CREDENTIALS_TOKEN},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct slice token;
		assert_int_equal(credentials_token(slice_from_str(cases[i].authorization),
					 slice_from_str(cases[i].cookies), &token),
			cases[i].kind);
	}
}

static void test_token_length(void **state)
{
	char text[CREDENTIALS_TOKEN_MAX_BYTES + 2 + 7];

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "Bearer ", 7);
	text[7 + CREDENTIALS_TOKEN_MAX_BYTES] = '\0';
	assert_int_equal(token_of(text, NULL).len, CREDENTIALS_TOKEN_MAX_BYTES);
	text[7 + CREDENTIALS_TOKEN_MAX_BYTES] = 'a';
	text[8 + CREDENTIALS_TOKEN_MAX_BYTES] = '\0';
	assert_null(token_of(text, NULL).data);
}

static bool allowed(const char *urls, const char *host, const char *origin)
{
	return credentials_origin_allowed(urls, slice_from_str(host), slice_from_str(origin));
}

static void test_origin(void **state)
{
	(void)state;
	assert_true(allowed(NULL, "a.example:8000", "http://a.example:8000"));
	assert_true(allowed(NULL, "a.example", "https://A.Example"));
	assert_false(allowed(NULL, "a.example", "http://a.example:8000"));
	assert_false(allowed(NULL, "a.example", "https://a.example.evil"));
	assert_false(allowed(NULL, "a.example", "https://eviLa.example"));
	assert_false(allowed(NULL, "a.example", "null"));
	assert_false(allowed(NULL, "a.example", "ftp://a.example"));
	assert_false(allowed(NULL, "", "http://"));
	assert_true(allowed("https://x.example/, https://y.example", "b", "https://x.example"));
	assert_true(allowed("https://x.example/, https://y.example", "b", "https://y.example"));
	assert_false(allowed("https://x.example/, https://y.example", "b", "http://y.example"));
	assert_false(allowed("https://x.example,,", "b", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_token),
		cmocka_unit_test(test_what_is_wrong),
		cmocka_unit_test(test_token_length),
		cmocka_unit_test(test_origin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
