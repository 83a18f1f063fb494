/* The frames' headers, byte by byte (RFC 6455 section 5.2), and finding the end of each. */
#include "api-node/push/frame.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

static void assert_head(size_t text_len, const unsigned char *head, size_t head_bytes)
{
	char *text = calloc(1, text_len + 1);
	struct buf wire;

	buf_init(&wire, 0);
	frame_append(&wire, slice_of(text, text_len));
	assert_int_equal(wire.len, head_bytes + text_len);
	assert_memory_equal(wire.data, head, head_bytes);
	frame_append(&wire, SLICE_LIT("next"));
	assert_int_equal(frame_length(buf_slice(&wire)), head_bytes + text_len);
	buf_done(&wire);
	free(text);
}

static void test_heads(void **state)
{
	(void)state;
	assert_head(0, (const unsigned char[]){0x81, 0}, 2);
	assert_head(125, (const unsigned char[]){0x81, 125}, 2);
	assert_head(126, (const unsigned char[]){0x81, 126, 0, 126}, 4);
	assert_head(65535, (const unsigned char[]){0x81, 126, 0xff, 0xff}, 4);
	assert_head(65536, (const unsigned char[]){0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_heads)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
