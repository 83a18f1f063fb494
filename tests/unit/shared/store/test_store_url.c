/* test_store_url.c: REDIS_URL as people write it, and what is refused with which sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "shared/base/compiler.h"
#include "shared/store/store_url.h"

static void test_accepted(void **state)
{
	static const struct {
		const char *text, *host, *user, *password;
		uint16_t port;
		uint32_t db;
	} cases[] = {
		{"redis://localhost", "localhost", "", "", 6379, 0},
		{"redis://localhost/", "localhost", "", "", 6379, 0},
		{"redis://10.0.0.1:7000/5", "10.0.0.1", "", "", 7000, 5},
		{"redis://[::1]", "::1", "", "", 6379, 0},
		{"redis://[fd00::1]:6380/2", "fd00::1", "", "", 6380, 2},
		{"redis://:geheim@redis.internal:6379", "redis.internal", "", "geheim", 6379, 0},
		{"redis://kp:p%40ss%3A%2F@redis/1", "redis", "kp", "p@ss:/", 6379, 1},
		{"redis://kp:a:b@redis", "redis", "kp", "a:b", 6379, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct store_url url;
		struct err err = {0};
		if (!store_url_parse(cases[i].text, &url, &err))
			fail_msg("%s: %s", cases[i].text, err.msg);
		assert_string_equal(url.host, cases[i].host);
		assert_string_equal(url.user, cases[i].user);
		assert_string_equal(url.password, cases[i].password);
		assert_int_equal(url.port, cases[i].port);
		assert_int_equal(url.db, cases[i].db);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *because;
	} cases[] = {
		{NULL, "must look like"},
		{"", "must look like"},
		{"localhost:6379", "must look like"},
		{"http://localhost", "must look like"},
		{"redis://", "host is missing"},
		{"redis:///1", "host is missing"},
		{"redis://:Secret@", "host is missing"},
		{"redis://host:0", "no host:port"},
		{"redis://host:70000", "no host:port"},
		{"redis://::1", "no host:port"},
		{"redis://host/x", "database number"},
		{"redis://host/1/2", "database number"},
		{"redis://host/1?ssl=true", "database number"},
		{"redis://Secret@host", "user:password"},
		{"redis://u:@host", "password is empty"},
		{"redis://u:Secret%4@host", "wrong % escape"},
		{"redis://u:Secret%00@host", "wrong % escape"},
		{"rediss://host", "needs a build with TLS"},
		{"redis+sentinel://h1:26379,h2:26379/mymaster/0", "not built yet"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct store_url url;
		struct err err = {0};
		assert_false(store_url_parse(cases[i].text, &url, &err));
		if (!strstr(err.msg, cases[i].because))
			fail_msg("%s: %s", cases[i].text, err.msg);
		assert_null(strstr(err.msg, "Secret"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_accepted), cmocka_unit_test(test_refused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
