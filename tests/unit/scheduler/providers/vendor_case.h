/* vendor_case.h: how the tests of the vendors ask: one call's request, one answer's meaning. */
#ifndef KP_TESTS_VENDOR_CASE_H
#define KP_TESTS_VENDOR_CASE_H

#include "scheduler/providers/provider.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define VENDOR_KEY "5ecretKey0123456789"

struct vendor_case {
	enum provider_call call;
	uint32_t http_status;
	const char *body;
	enum failure_class class;
	enum provider_effect effect;
	uint64_t retry_in_ms;
};

static inline struct provider_reply vendor_read_policy(const struct provider *vendor, enum provider_call call,
	uint32_t http_status, const char *body, enum address_policy policy)
{
	struct provider_answer answer = {.http_status = http_status,
		.body = slice_from_str(body),
		.key = SLICE_LIT(VENDOR_KEY),
		.date_ms = 1718029532000, /* 2024-06-10T14:25:32Z */
		.policy = policy};
	struct provider_reply reply;

	vendor->read(call, &answer, &reply);
	return reply;
}

static inline struct provider_reply vendor_read(
	const struct provider *vendor, enum provider_call call, uint32_t http_status, const char *body)
{
	return vendor_read_policy(vendor, call, http_status, body, ADDRESS_PUBLIC_ONLY);
}

static inline void assert_cases(const struct provider *vendor, const struct vendor_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct vendor_case *c = &cases[i];
		struct provider_reply r = vendor_read(vendor, c->call, c->http_status, c->body);

		if (r.class != c->class || r.effect != c->effect || r.retry_in_ms != c->retry_in_ms)
			print_error("%s: class %d effect %d retry %d\n", c->body, (int)r.class, (int)r.effect,
				(int)r.retry_in_ms);
		assert_int_equal(r.class, c->class);
		assert_int_equal(r.effect, c->effect);
		assert_int_equal(r.retry_in_ms, c->retry_in_ms);
		assert_null(strstr(r.message, VENDOR_KEY));
	}
}

/* What every vendor's reader owes: answers that are none, and nothing of use from a success that lies. */
static inline void assert_garbage_is_told(const struct provider *vendor)
{
	static const struct vendor_case cases[] = {
		{PROVIDER_NEW, 200, "", FAILURE_TRANSIENT, EFFECT_UNKNOWN, 0},
		{PROVIDER_NEW, 200, "[]", FAILURE_TRANSIENT, EFFECT_UNKNOWN, 0},
		{PROVIDER_NEW, 200, "{\"data\":", FAILURE_TRANSIENT, EFFECT_UNKNOWN, 0},
		{PROVIDER_NEW, 502, "<html>Bad gateway</html>", FAILURE_TRANSIENT, EFFECT_UNKNOWN, 0},
		{PROVIDER_NEW, 302, "", FAILURE_TRANSIENT, EFFECT_NONE, 0},
		{PROVIDER_NEW, 403, "<html>Blocked</html>", FAILURE_FIREWALL, EFFECT_NONE, 0},
		{PROVIDER_NEW, 429, "slow down", FAILURE_RATE_LIMITED, EFFECT_NONE, 0},
	};

	assert_cases(vendor, cases, ARRAY_LEN(cases));
}

static inline void assert_request(const struct provider *vendor, enum provider_call call, const char *key,
	const char *method, const char *url, const char *body)
{
	struct provider_request request;
	struct err err;

	assert_true(provider_offers(vendor, call));
	provider_request_init(&request);
	assert_true(vendor->build(
		call, SLICE_LIT("http://v.test/api"), slice_from_str(key), SLICE_LIT("bac"), &request, &err));
	assert_string_equal(request.method, method);
	assert_string_equal(buf_str(&request.url), url);
	assert_string_equal(request.body.len ? buf_str(&request.body) : "", body);
	assert_int_equal(request.content_type != NULL, body[0] != '\0');
	assert_false(vendor->build(
		call, SLICE_LIT("http://v.test"), SLICE_LIT("a b"), SLICE_NONE, &request, &err));
	provider_request_done(&request);
}

/* The same answer with an address of our own network is no upstream, unless the policy allows it. */
static inline void assert_private_is_refused(const struct provider *vendor, const char *body)
{
	struct provider_reply r = vendor_read(vendor, PROVIDER_NEW, 200, body);

	assert_int_equal(r.class, FAILURE_TRANSIENT);
	assert_int_equal(r.effect, EFFECT_DONE);
	assert_string_equal(r.http, "");
	assert_true(r.reason[0] != '\0');
	r = vendor_read_policy(vendor, PROVIDER_NEW, 200, body, ADDRESS_PRIVATE_ALLOWED);
	assert_int_equal(r.class, FAILURE_NONE);
}

#endif
