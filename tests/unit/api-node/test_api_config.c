/* test_api_config.c: what the environment may say, and what is refused by name. */
#include "api-node/api_config.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

static struct api_config config;

static const char *const names[] = {"API_PORT", "ADMIN_USERNAME", "ADMIN_PASSWORD", "ALLOW_DEFAULT",
	"PUBLIC_URLS", "PUBLIC_PORT_START", "PUBLIC_PORT_END", "API_TRUSTED_PROXIES"};

static int clean(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
	return 0;
}

static void test_defaults(void **state)
{
	struct err err = {0};

	(void)state;
	assert_true(api_config_load(&config, &err));
	assert_int_equal(config.api_port, 8000);
	assert_string_equal(config.admin_username, "admin");
	assert_null(config.admin_password);
	assert_string_equal(config.allow_default_json, "[]");
	assert_int_equal(config.trusted_proxy_count, 0);
	api_config_done(&config);
	api_config_done(&config);
}

static void test_lists(void **state)
{
	struct err err = {0};

	(void)state;
	setenv("ALLOW_DEFAULT", "127.0.0.0/8, ::1", 1);
	setenv("API_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1", 1);
	setenv("PUBLIC_URLS", "https://a.example/, http://b.example:8080", 1);
	assert_true(api_config_load(&config, &err));
	assert_non_null(strstr(config.allow_default_json, "127.0.0.0/8"));
	assert_non_null(strstr(config.allow_default_json, "::1/128"));
	assert_int_equal(config.trusted_proxy_count, 2);
	api_config_done(&config);
}

static void refused(const char *name, const char *value)
{
	struct err err = {0};

	setenv(name, value, 1);
	assert_false(api_config_load(&config, &err));
	assert_non_null(strstr(err.msg, name));
	assert_null(strchr(err.msg, '\n'));
	api_config_done(&config);
	unsetenv(name);
}

static void test_refusals(void **state)
{
	(void)state;
	refused("API_PORT", "0");
	refused("ADMIN_USERNAME", "a b");
	refused("ADMIN_PASSWORD", "short");
	refused("ALLOW_DEFAULT", "1.2.3.4/40");
	refused("API_TRUSTED_PROXIES", "10.0.0.1/8");
	refused("PUBLIC_URLS", "a.example");
	refused("PUBLIC_URLS", "https://user@a.example");
	refused("PUBLIC_PORT_START", "9000");
	setenv("PUBLIC_PORT_START", "9000", 1);
	refused("PUBLIC_PORT_END", "8999");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_defaults, clean),
		cmocka_unit_test_setup(test_lists, clean),
		cmocka_unit_test_setup(test_refusals, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
