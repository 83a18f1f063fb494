/* test_head_rewrite.c: the exact bytes of the heads that we send on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay-node/head_rewrite.h"

static struct http_request_head request;
static struct http_response_head response;

static void rewrite(
	struct buf *out, const char *text, enum head_connection connection, const char *authorization)
{
	struct head_request_options options = {slice_from_str(authorization), connection};
	struct http_head_scan scan = {0};

	assert_int_equal(
		http_request_head_parse(slice_from_str(text), &http_head_limits_default, &scan, &request),
		HTTP_OK);
	head_rewrite_request(out, &request, &options);
	assert_false(out->overflow);
}

static void test_request(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	rewrite(&out,
		"POST http://a.example:8080/x HTTP/1.1\r\nUser-Agent: u\r\nhost: A.example:8080\r\nTE: trailers\r\n"
		"Connection: close, TE\r\nContent-Length: 003\r\nAccept:*/*\r\nProxy-Authorization: Basic YTpi\r\n\r\n",
		HEAD_CONNECTION_KEEP_ALIVE, "Basic dXA6c3RyZWFt");
	assert_string_equal(buf_str(&out),
		"POST http://a.example:8080/x HTTP/1.1\r\nHost: a.example:8080\r\nUser-Agent: u\r\nAccept: */*\r\n"
		"Content-Length: 3\r\nConnection: keep-alive\r\nProxy-Authorization: Basic dXA6c3RyZWFt\r\n\r\n");
	buf_done(&out);
}

static void test_request_http10(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	rewrite(&out, "GET http://a.example HTTP/1.0\r\n\r\n", HEAD_CONNECTION_CLOSE, NULL);
	assert_string_equal(buf_str(&out),
		"GET http://a.example/ HTTP/1.0\r\nHost: a.example\r\nConnection: close\r\n\r\n");
	buf_done(&out);
}

/* What was in the buffer stays before it; a limit shows as overflow, not as half a head. */
static void test_appends_whole_or_not(void **state)
{
	struct http_authority to = {SLICE_LIT("a.example"), HTTP_HOST_NAME, 443};
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	buf_append_str(&out, "x");
	head_rewrite_connect(&out, &to, SLICE_NONE);
	assert_string_equal(buf_str(&out), "xCONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n");
	buf_done(&out);
	buf_init(&out, 20);
	head_rewrite_connect(&out, &to, SLICE_NONE);
	assert_true(out.overflow);
	assert_int_equal(out.len, 0);
	buf_done(&out);
}

static void test_connect(void **state)
{
	struct http_authority to = {SLICE_LIT("2600::1"), HTTP_HOST_IPV6, 65535};
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	head_rewrite_connect(&out, &to, SLICE_LIT("Basic dXA6c3RyZWFt"));
	assert_string_equal(buf_str(&out), "CONNECT [2600::1]:65535 HTTP/1.1\r\nHost: [2600::1]:65535\r\n"
					   "Proxy-Authorization: Basic dXA6c3RyZWFt\r\n\r\n");
	buf_done(&out);
}

static void test_response(void **state)
{
	struct http_response_context context = {.request_method = HTTP_METHOD_GET};
	struct http_head_scan scan = {0};
	const char *text =
		"HTTP/1.0 200 Fine\r\nServer: s\r\nConnection: keep-alive\r\nContent-Length: 05\r\n"
		"Set-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n";
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(http_response_head_parse(slice_from_str(text), &context, &scan, &response), HTTP_OK);
	assert_int_equal(response.persistence, HTTP_KEEP_ALIVE);
	head_rewrite_response(&out, &response, HEAD_CONNECTION_KEEP_ALIVE);
	assert_string_equal(buf_str(&out),
		"HTTP/1.1 200 Fine\r\nServer: s\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n"
		"Content-Length: 5\r\nConnection: keep-alive\r\n\r\n");
	buf_done(&out);
}

static void test_response_persistence(void **state)
{
	static const struct {
		const char *text;
		enum http_persistence want;
	} rows[] = {
		{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", HTTP_KEEP_ALIVE},
		{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", HTTP_CLOSE},
		{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nProxy-Connection: close\r\n\r\n", HTTP_CLOSE},
		{"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", HTTP_CLOSE},
		{"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n", HTTP_CLOSE}, /* body until close */
	};
	struct http_response_context context = {.request_method = HTTP_METHOD_GET};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct http_head_scan scan = {0};
		assert_int_equal(
			http_response_head_parse(slice_from_str(rows[i].text), &context, &scan, &response),
			HTTP_OK);
		assert_int_equal(response.persistence, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_request_http10),
		cmocka_unit_test(test_appends_whole_or_not),
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_response),
		cmocka_unit_test(test_response_persistence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
