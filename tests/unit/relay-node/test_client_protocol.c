/* test_client_protocol.c: all 256 first bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay-node/client_protocol.h"

static void test_every_first_byte(void **state)
{
	unsigned http = 0;

	(void)state;
	assert_int_equal(client_protocol_guess(SLICE_NONE), CLIENT_PROTOCOL_UNDECIDED);
	for (unsigned c = 0; c < 256; c++) {
		char byte = (char)c;
		enum client_protocol got = client_protocol_guess(slice_of(&byte, 1));
		enum client_protocol want = c == 0x16   ? CLIENT_PROTOCOL_TLS
					    : c == 0x05 ? CLIENT_PROTOCOL_SOCKS5
					    : c == 0x04 ? CLIENT_PROTOCOL_SOCKS4
							: got;
		assert_int_equal(got, want);
		if (c >= 'A' && c <= 'Z')
			assert_int_equal(got, CLIENT_PROTOCOL_HTTP);
		if (c >= 0x7f || c == 0 || c == '\n' || c == ' ')
			assert_int_equal(got, CLIENT_PROTOCOL_UNKNOWN);
		http += got == CLIENT_PROTOCOL_HTTP;
	}
	assert_int_equal(http, 77 + 1); /* RFC 9110's token characters, and CR */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_first_byte),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
