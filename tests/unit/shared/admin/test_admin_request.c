/* test_admin_request.c: good heads byte by byte, and the ambiguous ones refused. */
#include "shared/admin/admin_request.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

static void test_good(void **state)
{
	static const char text[] =
		"GET /readyz?version=1-2 HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nContent-Length: 0\r\n\r\n";
	struct admin_request request;

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		char *copy = malloc(len ? len : 1);
		memcpy(copy, text, len);
		assert_int_equal(admin_request_parse(slice_of(copy, len), &request), ADMIN_PARSE_MORE);
		free(copy);
	}
	assert_int_equal(admin_request_parse(slice_from_str(text), &request), ADMIN_PARSE_OK);
	assert_true(slice_eq_str(request.path, "/readyz"));
	assert_true(slice_eq_str(request.query, "version=1-2"));
	assert_false(request.head_only);
	assert_int_equal(admin_request_parse(SLICE_LIT("HEAD / HTTP/1.0\r\n\r\n"), &request), ADMIN_PARSE_OK);
	assert_true(request.head_only);
	assert_int_equal(request.query.len, 0);
}

static void test_bad(void **state)
{
	static const struct {
		struct slice text;
		int status;
	} cases[] = {
		{SLICE_LIT("POST / HTTP/1.1\r\n\r\n"), 405},
		{SLICE_LIT("get / HTTP/1.1\r\n\r\n"), 405},
		{SLICE_LIT("GET / HTTP/2.0\r\n\r\n"), 505},
		{SLICE_LIT("GET / HTTP/1.1 \r\n\r\n"), 505},
		{SLICE_LIT("GET /\r\n\r\n"), 400},
		{SLICE_LIT("GET  / HTTP/1.1\r\n\r\n"), 400},
		{SLICE_LIT("GET x HTTP/1.1\r\n\r\n"), 400},
		{SLICE_LIT("GET http://a/ HTTP/1.1\r\n\r\n"), 400},
		{SLICE_LIT("GET /a\tb HTTP/1.1\r\n\r\n"), 400},
		{SLICE_LIT("GET /\xff HTTP/1.1\r\n\r\n"), 400},
		{SLICE_LIT("GET /#a HTTP/1.1\r\n\r\n"), 400},
		{SLICE_LIT("GET / http/1.1\r\n\r\n"), 400},
		{SLICE_LIT("GET / HTTP/1.1\nHost: a\r\n\r\n"), 400},
		{SLICE_LIT("GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n"), 400},
		{SLICE_LIT("GET / HTTP/1.1\r\nA\r\n\r\n"), 400},
		{SLICE_LIT("GET / HTTP/1.1\r\nA : b\r\n\r\n"), 400},
		{SLICE_LIT("GET / HTTP/1.1\r\n A: b\r\n\r\n"), 400},
		{SLICE_LIT("GET / HTTP/1.1\r\n: b\r\n\r\n"), 400},
		{SLICE_LIT("GET / HTTP/1.1\r\nA: \0\r\n\r\n"), 400},
		{SLICE_LIT("GET / HTTP/1.1\r\nA: \r \r\n\r\n"), 400},
		{SLICE_LIT("GET / HTTP/1.1\r\nContent-Length: 1\r\n\r\n"), 400},
		{SLICE_LIT("GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"), 400},
		{SLICE_LIT("\r\n\r\n"), 400},
		{SLICE_LIT("\x16\x03\x01\r\n\r\n"), 400},
	};
	static char large[ADMIN_MAX_HEAD_BYTES];
	struct admin_request request;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (admin_request_parse(cases[i].text, &request) != ADMIN_PARSE_BAD ||
			request.status != cases[i].status)
			fail_msg("case %zu: status %d", i, request.status);
	}
	memset(large, 'x', sizeof(large));
	assert_int_equal(admin_request_parse(slice_of(large, sizeof(large)), &request), ADMIN_PARSE_BAD);
	assert_int_equal(request.status, 431);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_good), cmocka_unit_test(test_bad)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
