/* test_log.c: what stderr gets: one well-formed line an event, whatever bytes a value holds. */
#include "shared/base/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/test.h"

static char captured[16384];

/* Runs one log call with stderr in a pipe. A line is shorter than a pipe's buffer. */
#define CAPTURE(call)                                                         \
	do {                                                                  \
		int fds[2], saved = dup(STDERR_FILENO);                       \
		assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);      \
		assert_int_equal(dup2(fds[1], STDERR_FILENO), STDERR_FILENO); \
		call;                                                         \
		assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);  \
		close(saved);                                                 \
		close(fds[1]);                                                \
		ssize_t got = read(fds[0], captured, sizeof(captured) - 1);   \
		captured[got > 0 ? got : 0] = '\0';                           \
		close(fds[0]);                                                \
	} while (0)

static const char *after_time(void)
{
	const char *at = strstr(captured, "level");

	assert_non_null(at);
	return at;
}

static void test_text(void **state)
{
	struct err err;

	(void)state;
	err_set(&err, ERR_INVALID, "bad thing");
	log_setup(LOG_INFO, LOG_TEXT, "relay-1");
	CAPTURE(log_info("started", log_str("a", "x y"), log_int("n", -3), log_uint("u", UINT64_MAX),
		log_str("none", NULL), log_slice("empty", SLICE_NONE), log_err(&err)));
	assert_string_equal(after_time(),
		"level=info node=relay-1 event=started a=\"x y\" n=-3 u=18446744073709551615 none=- empty=\"\" "
		"error=\"bad thing\"\n");
	assert_int_equal(captured[4], '-');
	assert_int_equal(captured[23], 'Z');
	CAPTURE(log_warning("alone"));
	assert_string_equal(after_time(), "level=warning node=relay-1 event=alone\n");
}

static void test_json(void **state)
{
	(void)state;
	log_setup(LOG_INFO, LOG_JSON, "n");
	CAPTURE(log_error("x", log_str("a", "q\"\\\n\x1b[31m"), log_uint("u", 1)));
	assert_string_equal(captured + strlen("{\"time\":\"2026-01-01T00:00:00.000Z\","),
		"\"level\":\"error\",\"node\":\"n\",\"event\":\"x\",\"a\":\"q\\\"\\\\\\u000a\\u001b[31m\",\"u\":1}\n");
}

static void test_escapes(void **state)
{
	static const struct {
		struct slice in;
		const char *out;
	} cases[] = {
		{SLICE_LIT("a\r\nlevel=error"), "v=\"a\\u000d\\u000alevel=error\"\n"},
		{SLICE_LIT("\0"), "v=\"\\u0000\"\n"},
		{SLICE_LIT("\x7f"), "v=\"\\u007f\"\n"},
		{SLICE_LIT("\xc2\x9b"
			   "2J"),
			"v=\"\\u009b2J\"\n"}, /* CSI as one character */
		{SLICE_LIT("\xe2\x80\xa8"), "v=\"\\u2028\"\n"},
		{SLICE_LIT("x\xe2\x80\xaey"),
			"v=\"x\\u202ey\"\n"}, /* turns the order of what follows around */
		{SLICE_LIT("\xef\xbb\xbf\xe2\x81\xa6"), "v=\"\\ufeff\\u2066\"\n"},
		{SLICE_LIT("\xf3\xa0\x81\x81"), "v=\"\\udb40\\udc41\"\n"}, /* a tag that nobody sees */
		{SLICE_LIT("\xf0\x9f\x9a\x80"), "v=\"\xf0\x9f\x9a\x80\"\n"},
		{SLICE_LIT("\xff\xc0\xaf"), "v=\"\\ufffd\\ufffd\\ufffd\"\n"},
		{SLICE_LIT("Hà Nội"), "v=\"Hà Nội\"\n"},
		{SLICE_LIT("a=b"), "v=\"a=b\"\n"},
		{SLICE_LIT("plain:1"), "v=plain:1\n"},
	};

	(void)state;
	log_setup(LOG_DEBUG, LOG_TEXT, "n");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CAPTURE(log_info("e", log_slice("v", cases[i].in)));
		assert_string_equal(
			strstr(captured, "v=\"") ? strstr(captured, "v=\"") : strstr(captured, " v=") + 1,
			cases[i].out);
	}
}

/* A value of any length leaves one line that ends well; what fits no more is left out whole. */
static void test_long_values(void **state)
{
	static const char *const fillers[] = {"a", "\n", "\"", "\xe1\xbb\x99"};
	char *value = malloc(9001);

	(void)state;
	for (size_t f = 0; f < ARRAY_LEN(fillers) * 2; f++) {
		bool json = f >= ARRAY_LEN(fillers);
		const char *filler = fillers[f % ARRAY_LEN(fillers)];
		log_setup(LOG_DEBUG, json ? LOG_JSON : LOG_TEXT, "n");
		for (size_t len = 3900; len < 9000; len += len < 4200 ? 1 : 499) {
			for (size_t i = 0; i < len; i++)
				value[i] = filler[i % strlen(filler)];
			CAPTURE(log_info("e", log_slice("v", slice_of(value, len)), log_int("after", 7)));
			size_t n = strlen(captured);
			assert_in_range(n, 100, 4096);
			assert_ptr_equal(strchr(captured, '\n'), captured + n - 1);
			if (json)
				assert_int_equal(captured[n - 2], '}');
			/* Cut in the middle: the mark, the quote, and (JSON) the brace stand at the end. */
			if (len > 5000)
				assert_non_null(strstr(captured, "…\""));
		}
	}
	free(value);
}

static int evaluations;

static int counted(void)
{
	return ++evaluations;
}

static void test_levels(void **state)
{
	enum log_level level;

	(void)state;
	log_setup(LOG_WARNING, LOG_TEXT, "n");
	CAPTURE(log_info("no", log_int("n", counted())));
	assert_string_equal(captured, "");
	assert_int_equal(evaluations, 0);
	CAPTURE(log_error("yes", log_int("n", counted())));
	assert_int_equal(evaluations, 1);
	assert_true(log_level_parse("notice", &level));
	assert_int_equal(level, LOG_NOTICE);
	assert_false(log_level_parse("Info", &level));
	assert_false(log_level_parse("", &level));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_long_values),
		cmocka_unit_test(test_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
