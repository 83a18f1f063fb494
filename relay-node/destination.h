/*
 * destination.h: may a client be taken to this host? Judges literals and local names only, in every spelling
 * that a resolver further on might accept; nothing is resolved. Called by the head stage (HTTP and SOCKS5)
 * before dial.
 */
#ifndef KP_RELAY_DESTINATION_H
#define KP_RELAY_DESTINATION_H

#include "shared/base/slice.h"

enum destination_policy {
	DESTINATION_PUBLIC_ONLY,
	DESTINATION_ANY, /* UPSTREAM_ALLOW_PRIVATE: local runs and tests */
};

enum destination_verdict {
	DESTINATION_ALLOWED,
	DESTINATION_PRIVATE, /* loopback, private, link-local, …, or a name of this machine: 403, SOCKS reply
				02 */
	DESTINATION_AMBIGUOUS, /* a number, but no plain IPv4 address: where it leads depends on who reads it;
				  as PRIVATE */
};

/* `host` without brackets and port, as http_host_parse() or a SOCKS request gives it. Catches 127.1,
 * 0x7f000001, 2130706433, 017700000001, 0, v4-mapped and NAT64 forms, localhost with and without dot, and
 * *.localhost. */
enum destination_verdict destination_check(struct slice host, enum destination_policy policy);

#endif
