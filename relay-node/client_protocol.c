/* client_protocol.c: see client_protocol.h. */
#include "relay-node/client_protocol.h"

#include "relay-node/http_chars.h"

enum client_protocol client_protocol_guess(struct slice bytes)
{
	if (bytes.len == 0)
		return CLIENT_PROTOCOL_UNDECIDED;
	switch (bytes.data[0]) {
	case 0x16: return CLIENT_PROTOCOL_TLS;
	case 0x05: return CLIENT_PROTOCOL_SOCKS5;
	case 0x04: return CLIENT_PROTOCOL_SOCKS4;
	case '\r':
		return CLIENT_PROTOCOL_HTTP; /* an empty line may come before a request (RFC 9112 section 2.2)
					      */
	default:
		return http_char_is(bytes.data[0], HTTP_TOKEN) ? CLIENT_PROTOCOL_HTTP
							       : CLIENT_PROTOCOL_UNKNOWN;
	}
}
