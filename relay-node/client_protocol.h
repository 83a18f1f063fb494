/*
 * client_protocol.h: tells from the first byte what a client speaks. It only guesses: the parser of that
 * protocol judges. Called once a connection, before any parser.
 */
#ifndef KP_RELAY_CLIENT_PROTOCOL_H
#define KP_RELAY_CLIENT_PROTOCOL_H

#include "shared/base/slice.h"

enum client_protocol {
	CLIENT_PROTOCOL_UNDECIDED, /* no byte yet */
	CLIENT_PROTOCOL_HTTP,
	CLIENT_PROTOCOL_TLS,    /* 0x16: a handshake record (RFC 8446 5.1) */
	CLIENT_PROTOCOL_SOCKS5, /* 0x05 (RFC 1928) */
	CLIENT_PROTOCOL_SOCKS4, /* 0x04: recognised to be refused by name */
	CLIENT_PROTOCOL_UNKNOWN,
};

enum client_protocol client_protocol_guess(struct slice bytes);

#endif
