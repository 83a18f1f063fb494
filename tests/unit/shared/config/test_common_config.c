/* test_common_config.c: defaults of the common table, and the checks that need more than one look. */
#include "shared/config/common_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/test.h"

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < common_options.count; i++)
		unsetenv(common_options.options[i].name);
	return 0;
}

static bool load(struct common_config *config, struct err *err)
{
	return config_load(&common_options, 1, config, err) && common_config_finish(config, "relay", err);
}

static void test_defaults(void **state)
{
	struct common_config config;
	char pid[24];

	(void)state;
	assert_true(load(&config, NULL));
	assert_null(config.domain);
	assert_string_equal(config.redis_url, "redis://127.0.0.1:6379");
	assert_string_equal(config.redis_prefix, "{kp}:");
	assert_null(config.secret_key);
	assert_int_equal(config.metrics_port, 8100);
	assert_string_equal(config.bind_address, "0.0.0.0");
	assert_false(config.upstream_allow_private);
	assert_int_equal(strncmp(config.node_id, "relay-", 6), 0);
	snprintf(pid, sizeof(pid), "-%ld", (long)getpid());
	assert_string_equal(config.node_id + strlen(config.node_id) - strlen(pid), pid);
	assert_true(log_enabled(LOG_INFO));
	assert_false(log_enabled(LOG_DEBUG));
}

static void test_good(void **state)
{
	static const char *const pairs[][2] = {
		{"DOMAIN", "example.com"},
		{"DOMAIN", "localhost"},
		{"DOMAIN", "203.0.113.9"},
		{"DOMAIN", "2001:db8::1"},
		{"DOMAIN", "xn--bcher-kva.a1"},
		{"REDIS_PREFIX", "a{b}c"},
		{"BIND_ADDRESS", "::"},
		{"NODE_ID", "relay-1.eu_west"},
		{"METRICS_PORT", "0"},
		{"LOG_LEVEL", "debug"},
		{"LOG_FORMAT", "json"},
	};
	struct common_config config;
	struct err err;

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		setup(state);
		setenv(pairs[i][0], pairs[i][1], 1);
		if (!load(&config, &err))
			fail_msg("%s", err.msg);
	}
}

static void test_wrong(void **state)
{
	static const char *const pairs[][2] = {
		{"DOMAIN", "Example.com"},
		{"DOMAIN", "a..b"},
		{"DOMAIN", ".a"},
		{"DOMAIN", "a."},
		{"DOMAIN", "-a.b"},
		{"DOMAIN", "a-.b"},
		{"DOMAIN", "a b"},
		{"DOMAIN", "http://a.b"},
		{"DOMAIN", "1.2.3"},
		{"DOMAIN", "a.b:80"},
		{"REDIS_PREFIX", "kp:"},
		{"REDIS_PREFIX", "{}:"},
		{"REDIS_PREFIX", "}{"},
		{"REDIS_PREFIX", "{k*}:"},
		{"REDIS_PREFIX", "{k p}:"},
		{"BIND_ADDRESS", "localhost"},
		{"BIND_ADDRESS", "127.1"},
		{"NODE_ID", "a b"},
		{"NODE_ID", "é"},
		{"LOG_LEVEL", "trace"},
		{"LOG_FORMAT", "xml"},
		{"METRICS_PORT", "65536"},
		{"UPSTREAM_ALLOW_PRIVATE", "yes"},
	};
	struct common_config config;
	struct err err;

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		setup(state);
		setenv(pairs[i][0], pairs[i][1], 1);
		if (load(&config, &err))
			fail_msg("accepted %s=%s", pairs[i][0], pairs[i][1]);
		assert_int_equal(strncmp(err.msg, pairs[i][0], strlen(pairs[i][0])), 0);
		assert_non_null(strstr(err.msg, "must "));
	}
}

static void test_secret_is_not_echoed(void **state)
{
	struct common_config config;
	struct err err;

	(void)state;
	setenv("SECRET_KEY", "c4n4ry", 1);
	assert_false(load(&config, &err));
	assert_string_equal(err.msg, "SECRET_KEY=…: must be 64 characters");
}

static void test_cli(void **state)
{
	char program[] = "p", bad[] = "--bad";
	char *argv[] = {program, bad, NULL};
	const struct config_program p = {"p", "[--help]", "s"};

	(void)state;
	assert_int_equal(config_cli(1, argv, &p, &common_options, 1), CONFIG_CLI_RUN);
	assert_int_equal(config_cli(2, argv, &p, &common_options, 1), CONFIG_CLI_EXIT_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_defaults, setup),
		cmocka_unit_test_setup(test_good, setup),
		cmocka_unit_test_setup(test_wrong, setup),
		cmocka_unit_test_setup(test_secret_is_not_echoed, setup),
		cmocka_unit_test_setup(test_cli, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
