/* test_config.c: each type at its limits, the wording of errors, and that a secret is never shown. */
#include "shared/config/config.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

struct sample {
	const char *name;
	const char *secret;
	const char *mode;
	uint32_t threads;
	uint32_t from_two;
	bool on;
};

#define FIELD(name) offsetof(struct sample, name)

static const struct option options[] = {
	{"T_NAME", OPTION_STRING, FIELD(name), NULL, 2, 8, NULL, NULL, "A name"},
	{"T_SECRET", OPTION_SECRET, FIELD(secret), NULL, 4, 64, NULL, NULL, "A secret"},
	{"T_MODE", OPTION_CHOICE, FIELD(mode), "text", 0, 0, NULL, "text json", "A mode"},
	{"T_THREADS", OPTION_U32, FIELD(threads), "4", 1, 256, "threads", NULL, "A number"},
	{"T_FROM_TWO", OPTION_U32, FIELD(from_two), "4294967295", 2, UINT32_MAX, NULL, NULL,
		"A large number"},
	{"T_ON", OPTION_BOOL, FIELD(on), "false", 0, 0, NULL, NULL, "A switch"},
};
static const struct option_set set = {options, ARRAY_LEN(options)};

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < set.count; i++)
		unsetenv(options[i].name);
	return 0;
}

static void test_fallbacks(void **state)
{
	struct sample config = {.name = "x", .on = true};
	struct err err;

	(void)state;
	setenv("T_SECRET", "", 1); /* empty is unset */
	assert_true(config_load(&set, 1, &config, &err));
	assert_null(config.name);
	assert_null(config.secret);
	assert_string_equal(config.mode, "text");
	assert_int_equal(config.threads, 4);
	assert_true(config.from_two == UINT32_MAX);
	assert_false(config.on);
}

static void test_good_values(void **state)
{
	struct sample config;

	(void)state;
	setenv("T_NAME", "ab", 1);
	setenv("T_SECRET", "hush-hush", 1);
	setenv("T_MODE", "json", 1);
	setenv("T_THREADS", "256", 1);
	setenv("T_FROM_TWO", "2", 1);
	setenv("T_ON", "1", 1);
	assert_true(config_load(&set, 1, &config, NULL));
	assert_string_equal(config.name, "ab");
	assert_string_equal(config.secret, "hush-hush");
	assert_string_equal(config.mode, "json");
	assert_int_equal(config.threads, 256);
	assert_int_equal(config.from_two, 2);
	assert_true(config.on);
}

static void test_wrong_values(void **state)
{
	static const struct {
		const char *name, *value, *message;
	} cases[] = {
		{"T_THREADS", "abc", "T_THREADS=abc: must be a whole number from 1 to 256"},
		{"T_THREADS", "0", "T_THREADS=0: must be a whole number from 1 to 256"},
		{"T_THREADS", "257", "T_THREADS=257: must be a whole number from 1 to 256"},
		{"T_THREADS", "-1", "T_THREADS=-1: must be a whole number from 1 to 256"},
		{"T_THREADS", "4294967297", "T_THREADS=4294967297: must be a whole number from 1 to 256"},
		{"T_THREADS", "1 ", "T_THREADS=1 : must be a whole number from 1 to 256"},
		{"T_FROM_TWO", "4294967296",
			"T_FROM_TWO=4294967296: must be a whole number from 2 to 4294967295"},
		{"T_ON", "yes", "T_ON=yes: must be true or false"},
		{"T_ON", "TRUE", "T_ON=TRUE: must be true or false"},
		{"T_MODE", "xml", "T_MODE=xml: must be one of: text json"},
		{"T_MODE", "text json", "T_MODE=text json: must be one of: text json"},
		{"T_NAME", "a", "T_NAME=a: must be 2 to 8 characters"},
		{"T_NAME", "abcdefghi", "T_NAME=abcdefghi: must be 2 to 8 characters"},
		{"T_NAME", "ab\ncd", "T_NAME: must not hold line breaks or other control characters"},
		{"T_SECRET", "abc", "T_SECRET=…: must be 4 to 64 characters"},
		{"T_SECRET", "abc\n", "T_SECRET: must not hold line breaks or other control characters"},
	};
	struct sample config;
	struct err err;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		setup(state);
		setenv(cases[i].name, cases[i].value, 1);
		assert_false(config_load(&set, 1, &config, &err));
		assert_string_equal(err.msg, cases[i].message);
	}
}

static void test_long_value_is_cut(void **state)
{
	char value[3000];
	struct sample config;
	struct err err;

	(void)state;
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	setenv("T_NAME", value, 1);
	assert_false(config_load(&set, 1, &config, &err));
	assert_non_null(strstr(err.msg, "v…: must be 2 to 8 characters"));
	assert_true(strlen(err.msg) < 120);
}

static void test_help(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	const struct config_program program = {"relay-node", "[--help | --well]", "carries traffic"};

	(void)state;
	setenv("T_SECRET", "hush-hush", 1);
	config_print_help(out, &program, &set, 1);
	fclose(out);
	for (size_t i = 0; i < set.count; i++) {
		assert_non_null(strstr(text, options[i].name));
		assert_non_null(strstr(text, options[i].help));
	}
	assert_non_null(strstr(text, "usage: relay-node [--help | --well]\n"));
	assert_non_null(strstr(text, "default: 4 threads; a whole number from 1 to 256, in threads"));
	assert_non_null(strstr(text, "default: unset; 2 to 8 characters"));
	assert_non_null(strstr(text, "one of: text json"));
	assert_null(strstr(text, "hush"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_fallbacks, setup),
		cmocka_unit_test_setup(test_good_values, setup),
		cmocka_unit_test_setup(test_wrong_values, setup),
		cmocka_unit_test_setup(test_long_value_is_cut, setup),
		cmocka_unit_test_setup(test_help, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
