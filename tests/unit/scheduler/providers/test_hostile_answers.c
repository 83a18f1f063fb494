/* test_hostile_answers.c: what every vendor's reader must not let through: addresses of this network in a
 * hundred spellings, texts made to harm whoever shows them, and keys that would leave their parameter. */
#include "tests/unit/scheduler/providers/vendor_case.h"

#include <stdio.h>

#include "shared/model/printable.h"
#include "tests/unit/shared/model/forbidden_upstreams.h"

/* A success of each vendor with one address (%s) and one location in it. */
static const struct {
	const struct provider *vendor;
	const char *answer;
} forms[] = {
	{&provider_kiotproxy,
		"{\"success\":true,\"timestamp\":1718029532890,\"data\":{\"http\":\"%s\",\"location\":\"%s\"}}"},
	{&provider_tmproxy,
		"{\"code\":0,\"data\":{\"https\":\"%s\",\"timeout\":60,\"next_request\":5,\"location_name\":\"%s\"}}"},
	{&provider_wwproxy, "{\"status\":\"OK\",\"data\":{\"proxy\":\"%s\",\"x\":\"%s\"}}"},
	{&provider_proxyxoay, "{\"status\":100,\"proxyhttp\":\"%s\",\"Vi Tri\":\"%s\"}"},
	{&provider_netproxy, "{\"success\":true,\"data\":{\"proxy\":\"%s\",\"x\":\"%s\"}}"},
};

static struct provider_reply read_form(size_t form, const char *address, const char *location)
{
	static char body[32768];

	snprintf(body, sizeof(body), forms[form].answer, address, location);
	return vendor_read(forms[form].vendor, PROVIDER_NEW, 200, body);
}

static void forbidden_upstreams_are_refused(void **state)
{
#define X(text) text,
	static const char *const forbidden[] = {FORBIDDEN_UPSTREAMS(X)};
#undef X

	(void)state;
	assert_true(ARRAY_LEN(forbidden) >= 60);
	for (size_t form = 0; form < ARRAY_LEN(forms); form++) {
		assert_int_equal(
			read_form(form, "171.229.1.2:80", "x").class, FAILURE_NONE); /* the form is right */
		for (size_t i = 0; i < ARRAY_LEN(forbidden); i++) {
			struct provider_reply r = read_form(form, forbidden[i], "x");

			if (r.class == FAILURE_NONE || r.http[0] || r.socks5[0])
				fail_msg("%s took %s", forms[form].vendor->name, forbidden[i]);
		}
	}
}

static void texts_are_harmless_and_bounded(void **state)
{
	static const char *const texts[] = {"\\u0000\\u0001\\u001b[31mred\\u007f", "a\\r\\nSet-Cookie: x=1",
		"\\u202eevil\\u2066\\u200f", "<script>alert(1)</script>", "\\u2028\\u2029", "{{7*7}}${7*7}",
		"\\ud83d\\ude00 Hà Nội", "\xc3\x28\xa0\xa1"};
	static char long_text[10241];

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	for (size_t form = 0; form < ARRAY_LEN(forms); form++) {
		for (size_t i = 0; i <= ARRAY_LEN(texts); i++) {
			struct provider_reply r = read_form(
				form, "171.229.1.2:80", i < ARRAY_LEN(texts) ? texts[i] : long_text);
			size_t chars;

			assert_true(printable_check(slice_from_str(r.location), PRINTABLE_ONE_LINE, &chars));
			assert_true(printable_check(slice_from_str(r.message), PRINTABLE_ONE_LINE, &chars));
			assert_true(strlen(r.location) < PROVIDER_TEXT_BYTES);
		}
	}
}

/* How often `mark` stands in `text`. */
static size_t count(const char *text, char mark)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == mark;
	return n;
}

/* Keys and regions that would begin another parameter, path, host, header or fragment. */
static const char *const payloads[] = {"a&key=b", "a&region=x", "a=b", "a;b", "a#b", "a?b", "a%26b", "a%00",
	"a%0d%0aX:y", "a+b", "../../admin", "/..", "//evil.test/", "@evil.test", "\\evil", "a:80@b", "{}",
	"[]", "<a>", "\"'`", "$(id)", "a|b", "a^b", "~!*()", "a,b", "key=key=", "&&&&", "????", "####",
	"%%%%", "http://127.0.0.1/"};

static void parameters_stay_parameters(void **state)
{
	(void)state;
	assert_true(ARRAY_LEN(payloads) >= 30);
	for (size_t i = 0; i < ARRAY_LEN(payloads); i++) {
		struct provider_request request;
		struct err err;

		provider_request_init(&request);
		assert_true(provider_kiotproxy.build(PROVIDER_NEW, SLICE_LIT("https://v.test/api/v1"),
			slice_from_str(payloads[i]), slice_from_str(payloads[i]), &request, &err));
		const char *url = buf_str(&request.url), *query = strchr(url, '?');
		assert_int_equal(strncmp(url, "https://v.test/api/v1/proxies/new?key=", 38), 0);
		assert_int_equal(count(query + 1, '?') + count(url, '#') + count(url, '@'), 0);
		assert_int_equal(count(query, '='), 2);
		assert_int_equal(count(query, '&'), 1);
		for (const char *c = url; *c; c++)
			assert_true(*c > ' ' && *c < 0x7f);
		provider_request_done(&request);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forbidden_upstreams_are_refused),
		cmocka_unit_test(texts_are_harmless_and_bounded),
		cmocka_unit_test(parameters_stay_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
