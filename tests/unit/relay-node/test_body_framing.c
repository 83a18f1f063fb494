/* test_body_framing.c: how many bytes belong to a body, and what may be moved past the machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay-node/body_framing.h"

static void test_length(void **state)
{
	struct body_framing body;
	size_t consumed;

	(void)state;
	body_framing_init(&body, (struct body_plan){BODY_LENGTH, 5});
	assert_int_equal(body_framing_payload_left(&body), 5);
	assert_int_equal(body_framing_feed(&body, SLICE_LIT("abc"), &consumed), BODY_NEED_MORE);
	assert_int_equal(consumed, 3);
	assert_int_equal(body_framing_feed(&body, SLICE_LIT("deGET"), &consumed), BODY_DONE);
	assert_int_equal(consumed, 2);
	assert_int_equal(body_framing_feed(&body, SLICE_LIT("GET"), &consumed), BODY_DONE);
	assert_int_equal(consumed, 0);
	assert_int_equal(body_framing_eof(&body), BODY_DONE);
}

static void test_none_and_zero(void **state)
{
	struct body_framing body;
	size_t consumed = 9;

	(void)state;
	body_framing_init(&body, (struct body_plan){BODY_NONE, 0});
	assert_int_equal(body_framing_feed(&body, SLICE_NONE, &consumed), BODY_DONE);
	assert_int_equal(consumed, 0);
	body_framing_init(&body, (struct body_plan){BODY_LENGTH, 0});
	assert_int_equal(body_framing_feed(&body, SLICE_NONE, &consumed), BODY_DONE);
}

static void test_skip_is_as_good_as_feed(void **state)
{
	struct body_framing body;
	size_t consumed;

	(void)state;
	body_framing_init(&body, (struct body_plan){BODY_CHUNKED, 0});
	assert_int_equal(body_framing_payload_left(&body), 0);
	assert_int_equal(body_framing_feed(&body, SLICE_LIT("10\r\nabcd"), &consumed), BODY_NEED_MORE);
	assert_int_equal(body_framing_payload_left(&body), 12);
	body_framing_skip(&body, 12);
	assert_int_equal(body_framing_payload_left(&body), 0);
	assert_int_equal(body_framing_feed(&body, SLICE_LIT("\r\n0\r\n\r\n"), &consumed), BODY_DONE);
	assert_int_equal(consumed, 7);
}

/* What is consumed before a fault was good: it may have been passed on. The fault stays. */
static void test_bad_stops_before_the_fault(void **state)
{
	struct body_framing body;
	size_t consumed;

	(void)state;
	body_framing_init(&body, (struct body_plan){BODY_CHUNKED, 0});
	assert_int_equal(body_framing_feed(&body, SLICE_LIT("3\r\nabcXY"), &consumed), BODY_BAD);
	assert_int_equal(consumed, 6);
	assert_int_equal(body_framing_fault(&body), HTTP_BAD_CHUNK_END);
	assert_int_equal(body_framing_feed(&body, SLICE_LIT("\r\n0\r\n\r\n"), &consumed), BODY_BAD);
	assert_int_equal(consumed, 0);
	assert_int_equal(body_framing_eof(&body), BODY_BAD);
	assert_int_equal(body_framing_fault(&body), HTTP_BAD_CHUNK_END);
}

static void test_until_close(void **state)
{
	struct body_framing body;
	size_t consumed;

	(void)state;
	body_framing_init(&body, (struct body_plan){BODY_UNTIL_CLOSE, 0});
	assert_int_equal(body_framing_feed(&body, SLICE_LIT("anything"), &consumed), BODY_NEED_MORE);
	assert_int_equal(consumed, 8);
	assert_int_equal(body_framing_eof(&body), BODY_DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_none_and_zero),
		cmocka_unit_test(test_skip_is_as_good_as_feed),
		cmocka_unit_test(test_bad_stops_before_the_fault),
		cmocka_unit_test(test_until_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
