/*
 * ip_addr.h: IP addresses, CIDR blocks and host:port texts, strictly read. Every address is kept as 16 bytes
 * (IPv4 as ::ffff:a.b.c.d), so that one comparison serves both families. No name is ever resolved here.
 */
#ifndef KP_BASE_IP_ADDR_H
#define KP_BASE_IP_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "shared/base/slice.h"

enum { IP_TEXT_BYTES = 46, HOST_PORT_TEXT_BYTES = 300 };

struct ip_addr {
	uint8_t bytes[16];
};

struct ip_cidr {
	struct ip_addr base;
	uint8_t prefix_bits; /* of the 16-byte form: an IPv4 /32 is 128 */
};

struct host_port {
	struct slice host; /* a name or a literal, brackets removed */
	uint16_t port;
	bool bracketed; /* it was an IPv6 literal in brackets */
};

/* Dotted quad with four plain decimal parts, or RFC 4291 text without zone; nothing else (no 127.1, no 0x7f).
 */
bool ip_addr_parse(struct slice text, struct ip_addr *ret_addr) MUST_CHECK;
bool ip_addr_is_v4(const struct ip_addr *addr);
bool ip_addr_eq(const struct ip_addr *a, const struct ip_addr *b);
void ip_addr_text(const struct ip_addr *addr, char dst[IP_TEXT_BYTES]);
bool ip_addr_from_sockaddr(
	const struct sockaddr *sa, struct ip_addr *ret_addr, uint16_t *ret_port) MUST_CHECK;
socklen_t ip_addr_to_sockaddr(const struct ip_addr *addr, uint16_t port, struct sockaddr_storage *ret_sa);

/* False for anything that is not a public unicast address: loopback, RFC 1918, 100.64/10, link-local, ULA,
 * multicast, 0/8, 240/4, documentation and benchmark nets, NAT64 and 6to4 forms of those. */
bool ip_addr_is_public(const struct ip_addr *addr);

/* 169.254.0.0/16 and fe80::/10, the former also within IPv6: the neighbours on one's wire, and where clouds
 * tell their machines' secrets. */
bool ip_addr_is_link_local(const struct ip_addr *addr);

/* "a.b.c.d/n", "v6/n", or a bare address (= full length). Host bits must be zero. */
bool ip_cidr_parse(struct slice text, struct ip_cidr *ret_cidr) MUST_CHECK;
bool ip_cidr_contains(const struct ip_cidr *cidr, const struct ip_addr *addr);

/* "host:port" or "[v6]:port"; a host is letters, digits, - _ and . (whether it is a good name is not judged);
 * port 1-65535 without leading zero or sign. */
bool host_port_parse(struct slice text, struct host_port *ret_hp) MUST_CHECK;

#endif
