/* test_validate_upstream.c: fixed upstreams as users type them. */
#include "tests/unit/shared/model/unit.h"

#include <stdio.h>

#include "shared/model/validate.h"

static void accepted(void **state)
{
	struct upstream_url upstream;
	struct ip_addr expected;

	(void)state;
	assert_true(validate_upstream(s("http://8.8.4.4:3128"), UPSTREAM_PUBLIC_ONLY, &upstream, NULL));
	assert_true(ip_addr_parse(s("8.8.4.4"), &expected));
	assert_true(ip_addr_eq(&upstream.addr, &expected));
	assert_int_equal(upstream.port, 3128);
	assert_string_equal(upstream.user, "");
	assert_string_equal(upstream.password, "");

	assert_true(validate_upstream(s("http://us%20er:p%40ss%3A:x@[2606:4700::1111]:80/"),
			    UPSTREAM_PUBLIC_ONLY, &upstream, NULL) == false);
	assert_true(validate_upstream(
		s("http://user:p%40ss%3A:x@[2606:4700::1111]:80/"), UPSTREAM_PUBLIC_ONLY, &upstream, NULL));
	assert_string_equal(upstream.user, "user");
	assert_string_equal(upstream.password, "p@ss::x");
	assert_int_equal(upstream.port, 80);

	assert_true(validate_upstream(s("http://user@8.8.4.4:1"), UPSTREAM_PUBLIC_ONLY, &upstream, NULL));
	assert_string_equal(upstream.password, "");
	assert_true(validate_upstream(s("http://127.0.0.1:3128"), UPSTREAM_PRIVATE_ALLOWED, &upstream, NULL));
}

static void refused(void **state)
{
	static const char *const WRONG[][2] = {
		{"", "err.upstream_url"},
		{"8.8.4.4:3128", "err.upstream_url"},
		{"https://8.8.4.4:3128", "err.upstream_url"},
		{"socks5://8.8.4.4:3128", "err.upstream_url"},
		{"http://", "err.upstream_url"},
		{"http://8.8.4.4", "err.upstream_url"},
		{"http://8.8.4.4:0", "err.upstream_url"},
		{"http://8.8.4.4:65536", "err.upstream_url"},
		{"http://8.8.4.4:80/path", "err.upstream_url"},
		{"http://8.8.4.4:80 ", "err.upstream_url"},
		{"http://a@b@8.8.4.4:80", "err.upstream_url"},
		{"http://@8.8.4.4:80", "err.upstream_url"},
		{"http://:pass@8.8.4.4:80", "err.upstream_url"},
		{"http://a:b%0d%0aX@8.8.4.4:80", "err.upstream_url"},
		{"http://a:b%4@8.8.4.4:80", "err.upstream_url"},
		{"http://a:b%@8.8.4.4:80", "err.upstream_url"},
		{"http://a:b%zz@8.8.4.4:80", "err.upstream_url"},
		{"http://a%3ab:c@8.8.4.4:80", "err.upstream_url"},
		{"http://ế:c@8.8.4.4:80", "err.upstream_url"},
		{"http://proxy.example.com:80", "err.upstream_name"},
		{"http://u:p@localhost:80", "err.upstream_name"},
		{"http://127.1:80", "err.upstream_name"},
		{"http://0x7f000001:80", "err.upstream_name"},
		{"http://127.0.0.1:80", "err.upstream_private"},
		{"http://10.1.2.3:80", "err.upstream_private"},
		{"http://[::1]:80", "err.upstream_private"},
		{"http://[::ffff:127.0.0.1]:80", "err.upstream_private"},
		{"http://169.254.169.254:80", "err.upstream_private"},
	};
	struct upstream_url upstream = {.port = 42};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(WRONG); i++) {
		struct field_err err = {0};

		if (validate_upstream(s(WRONG[i][0]), UPSTREAM_PUBLIC_ONLY, &upstream, &err))
			fail_msg("accepted: %s", WRONG[i][0]);
		assert_string_equal(err.field, "upstream");
		assert_string_equal(err.message_id, WRONG[i][1]);
	}
	assert_int_equal(upstream.port, 42);
}

static void long_credentials(void **state)
{
	struct upstream_url upstream;
	char text[512], password[UPSTREAM_CREDENTIAL_MAX_BYTES + 2];

	(void)state;
	for (size_t len = UPSTREAM_CREDENTIAL_MAX_BYTES; len <= UPSTREAM_CREDENTIAL_MAX_BYTES + 1; len++) {
		memset(password, 'p', len);
		password[len] = '\0';
		snprintf(text, sizeof(text), "http://u:%s@8.8.4.4:80", password);
		assert_int_equal(validate_upstream(s(text), UPSTREAM_PUBLIC_ONLY, &upstream, NULL),
			len == UPSTREAM_CREDENTIAL_MAX_BYTES);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted), cmocka_unit_test(refused), cmocka_unit_test(long_credentials)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
