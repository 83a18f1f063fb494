/* test_head_http.c: what an accepted head says, and that its cost does not depend on the splitting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "relay-node/head_http.h"

static struct http_request_head head;

static enum http_verdict parse(const char *text)
{
	struct http_head_scan scan = {0};

	return http_request_head_parse(slice_from_str(text), &http_head_limits_default, &scan, &head);
}

static void assert_slice(struct slice s, const char *text)
{
	assert_int_equal(s.len, strlen(text));
	assert_memory_equal(s.data, text, s.len);
}

static void test_connect(void **state)
{
	const char *text = "CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443\r\n"
			   "Proxy-Authorization:  Basic YTpi \r\nUser-Agent: x\r\n\r\nearly";

	(void)state;
	assert_int_equal(parse(text), HTTP_OK);
	assert_int_equal(head.method, HTTP_METHOD_CONNECT);
	assert_int_equal(head.target.form, HTTP_TARGET_AUTHORITY);
	assert_slice(head.target.authority.host, "shop.example");
	assert_int_equal(head.target.authority.port, 443);
	assert_slice(head.proxy_authorization, "Basic YTpi");
	assert_int_equal(head.body.kind, BODY_NONE);
	assert_int_equal(head.field_count, 3);
	assert_slice(head.fields[2].name, "User-Agent");
	assert_slice(head.fields[2].value, "x");
	assert_string_equal(text + head.head_bytes, "early");
}

static void test_absolute(void **state)
{
	(void)state;
	assert_int_equal(parse("POST HTTP://[2600::1]:8080/a/b?c=d HTTP/1.1\r\nHost: [2600::1]:8080\r\n"
			       "Content-Length: 7\r\n\r\n"),
		HTTP_OK);
	assert_int_equal(head.method, HTTP_METHOD_POST);
	assert_int_equal(head.target.form, HTTP_TARGET_ABSOLUTE);
	assert_int_equal(head.target.authority.kind, HTTP_HOST_IPV6);
	assert_slice(head.target.authority.host, "2600::1");
	assert_slice(head.target.authority_text, "[2600::1]:8080");
	assert_slice(head.target.path_and_query, "/a/b?c=d");
	assert_int_equal(head.body.kind, BODY_LENGTH);
	assert_int_equal(head.body.length, 7);
	assert_null(head.proxy_authorization.data);
}

static void test_default_port(void **state)
{
	(void)state;
	assert_int_equal(parse("GET http://shop.example/ HTTP/1.1\r\nHost: shop.example\r\n\r\n"), HTTP_OK);
	assert_int_equal(head.target.authority.port, 80);
}

static void test_mistakes_say_their_form(void **state)
{
	(void)state;
	assert_int_equal(parse("GET / HTTP/1.1\r\n\r\n"), HTTP_ORIGIN_FORM);
	assert_int_equal(head.target.form, HTTP_TARGET_ORIGIN);
	assert_int_equal(head.method, HTTP_METHOD_GET);
	assert_int_equal(parse("HEAD https://a.example/ HTTP/1.1\r\n\r\n"), HTTP_HTTPS_ABSOLUTE);
	assert_int_equal(head.target.form, HTTP_TARGET_HTTPS);
	assert_int_equal(head.method, HTTP_METHOD_HEAD);
	assert_int_equal(parse("\x16\x03"), HTTP_NOT_HTTP);
	assert_int_equal(head.target.form, HTTP_TARGET_OTHER);
}

static void test_persistence(void **state)
{
	static const struct {
		const char *version, *fields;
		enum http_persistence want;
	} rows[] = {
		{"1.1", "", HTTP_KEEP_ALIVE},
		{"1.1", "Connection: Close\r\n", HTTP_CLOSE},
		{"1.1", "Proxy-Connection: close\r\n", HTTP_CLOSE},
		{"1.1", "Connection: keep-alive, close\r\n", HTTP_CLOSE},
		{"1.0", "", HTTP_CLOSE},
		{"1.0", "Connection: keep-alive\r\n", HTTP_KEEP_ALIVE},
		{"1.0", "Proxy-Connection: Keep-Alive\r\n", HTTP_KEEP_ALIVE},
		{"1.0", "Proxy-Connection: keep-alive\r\nConnection: close\r\n", HTTP_CLOSE},
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(text, sizeof(text), "GET http://a.example/ HTTP/%s\r\nHost: a.example\r\n%s\r\n",
			rows[i].version, rows[i].fields);
		assert_int_equal(parse(text), HTTP_OK);
		assert_int_equal(head.persistence, rows[i].want);
	}
}

/* The limits are the caller's: smaller ones hold, too, at their exact values. */
static void test_limits(void **state)
{
	struct http_head_limits limits = {.head_bytes = 64, .line_bytes = 33, .fields = 1, .host_bytes = 9};
	const char *text = "GET http://a.example/ab HTTP/1.1\r\nHost: a.example\r\n\r\n";
	struct http_head_scan scan = {0};

	(void)state;
	assert_int_equal(http_request_head_parse(slice_from_str(text), &limits, &scan, &head), HTTP_OK);
	limits.line_bytes = 31;
	scan = (struct http_head_scan){0};
	assert_int_equal(
		http_request_head_parse(slice_from_str(text), &limits, &scan, &head), HTTP_LINE_TOO_LONG);
	limits.line_bytes = 32;
	limits.head_bytes = (uint32_t)strlen(text) - 1;
	scan = (struct http_head_scan){0};
	assert_int_equal(
		http_request_head_parse(slice_from_str(text), &limits, &scan, &head), HTTP_HEAD_TOO_LARGE);
	limits.head_bytes++;
	limits.fields = 0;
	scan = (struct http_head_scan){0};
	assert_int_equal(
		http_request_head_parse(slice_from_str(text), &limits, &scan, &head), HTTP_TOO_MANY_FIELDS);
	limits.fields = 1;
	limits.host_bytes = 8;
	scan = (struct http_head_scan){0};
	assert_int_equal(
		http_request_head_parse(slice_from_str(text), &limits, &scan, &head), HTTP_BAD_TARGET_HOST);
}

/* Every byte is looked at once while a line arrives: the scan never falls behind what it was given. */
static void test_scan_keeps_up(void **state)
{
	const char *text = "GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\nX-Long: bbbbbbbbbbbbbb";
	struct http_head_scan scan = {0};

	(void)state;
	for (size_t len = 1; len <= strlen(text); len++) {
		struct slice bytes = slice_of(text, len);
		assert_int_equal(http_request_head_parse(bytes, &http_head_limits_default, &scan, &head),
			HTTP_NEED_MORE);
		assert_int_equal(scan.scanned, len);
	}
	assert_int_equal(scan.lines, 2);
}

static void test_verdict_texts(void **state)
{
	(void)state;
	for (unsigned v = 0; v < HTTP_VERDICT_COUNT; v++) {
		const struct http_verdict_info *info = http_verdict_info((enum http_verdict)v);
		assert_true(info->status >= 200 && info->status <= 505);
		assert_true(strlen(info->text) > 10);
		assert_null(strpbrk(info->text, "\r\n"));
	}
	assert_int_equal(http_verdict_info(HTTP_HEAD_TOO_LARGE)->status, 431);
	assert_string_equal(http_verdict_info(HTTP_LINE_TOO_LONG)->name, "LINE_TOO_LONG");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_absolute),
		cmocka_unit_test(test_default_port),
		cmocka_unit_test(test_mistakes_say_their_form),
		cmocka_unit_test(test_persistence),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_scan_keeps_up),
		cmocka_unit_test(test_verdict_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
