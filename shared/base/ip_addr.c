/* ip_addr.c: see ip_addr.h. */
#include "shared/base/ip_addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const uint8_t v4_mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* What is not public, in the 16-byte form. Sources: the IANA special-purpose registries (RFC 6890). */
static const struct ip_cidr special_v4[] = {
#define V4(a, b, c, d, bits)                                                          \
	{                                                                             \
		{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}}, 96 + (bits) \
	}
	V4(0, 0, 0, 0, 8),
	V4(10, 0, 0, 0, 8),
	V4(100, 64, 0, 0, 10),
	V4(127, 0, 0, 0, 8),
	V4(169, 254, 0, 0, 16),
	V4(172, 16, 0, 0, 12),
	V4(192, 0, 0, 0, 24),
	V4(192, 0, 2, 0, 24),
	V4(192, 168, 0, 0, 16),
	V4(198, 18, 0, 0, 15),
	V4(198, 51, 100, 0, 24),
	V4(203, 0, 113, 0, 24),
	V4(224, 0, 0, 0, 4),
	V4(240, 0, 0, 0, 4),
#undef V4
};

static void from_v4(const uint8_t quad[4], struct ip_addr *ret_addr)
{
	memcpy(ret_addr->bytes, v4_mapped_prefix, sizeof(v4_mapped_prefix));
	memcpy(ret_addr->bytes + 12, quad, 4);
}

bool ip_addr_parse(struct slice text, struct ip_addr *ret_addr)
{
	char copy[IP_TEXT_BYTES];
	uint8_t quad[4];

	/* inet_pton takes exactly the two strict forms: no short, octal or hexadecimal quads, no zone. */
	if (!slice_copy(text, copy, sizeof(copy)))
		return false;
	if (inet_pton(AF_INET, copy, quad) == 1) {
		from_v4(quad, ret_addr);
		return true;
	}
	return inet_pton(AF_INET6, copy, ret_addr->bytes) == 1;
}

bool ip_addr_is_v4(const struct ip_addr *addr)
{
	return memcmp(addr->bytes, v4_mapped_prefix, sizeof(v4_mapped_prefix)) == 0;
}

bool ip_addr_eq(const struct ip_addr *a, const struct ip_addr *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

void ip_addr_text(const struct ip_addr *addr, char dst[IP_TEXT_BYTES])
{
	if (ip_addr_is_v4(addr))
		inet_ntop(AF_INET, addr->bytes + 12, dst, IP_TEXT_BYTES);
	else
		inet_ntop(AF_INET6, addr->bytes, dst, IP_TEXT_BYTES);
}

bool ip_addr_from_sockaddr(const struct sockaddr *sa, struct ip_addr *ret_addr, uint16_t *ret_port)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		from_v4((const uint8_t *)&in.sin_addr, ret_addr);
		*ret_port = ntohs(in.sin_port);
		return true;
	}
	if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		memcpy(ret_addr->bytes, &in6.sin6_addr, 16);
		*ret_port = ntohs(in6.sin6_port);
		return true;
	}
	return false;
}

socklen_t ip_addr_to_sockaddr(const struct ip_addr *addr, uint16_t port, struct sockaddr_storage *ret_sa)
{
	memset(ret_sa, 0, sizeof(*ret_sa));
	if (ip_addr_is_v4(addr)) {
		struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
		memcpy(&in.sin_addr, addr->bytes + 12, 4);
		memcpy(ret_sa, &in, sizeof(in));
		return sizeof(in);
	}
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	memcpy(&in6.sin6_addr, addr->bytes, 16);
	memcpy(ret_sa, &in6, sizeof(in6));
	return sizeof(in6);
}

static bool is_public_v4(const uint8_t quad[4])
{
	struct ip_addr addr;

	from_v4(quad, &addr);
	for (size_t i = 0; i < ARRAY_LEN(special_v4); i++)
		if (ip_cidr_contains(&special_v4[i], &addr))
			return false;
	return true;
}

/* The IPv4 address that this is or leads to; NULL when it does not. */
static const uint8_t *v4_within(const struct ip_addr *addr)
{
	static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};
	const uint8_t *b = addr->bytes;

	if (ip_addr_is_v4(addr) || memcmp(b, nat64, sizeof(nat64)) == 0)
		return b + 12;
	if (b[0] == 0x20 && b[1] == 0x02) /* 6to4: the IPv4 address follows the prefix */
		return b + 2;
	return NULL;
}

bool ip_addr_is_link_local(const struct ip_addr *addr)
{
	const uint8_t *v4 = v4_within(addr), *b = addr->bytes;

	if (v4)
		return v4[0] == 169 && v4[1] == 254;
	return b[0] == 0xfe && (b[1] & 0xc0) == 0x80;
}

bool ip_addr_is_public(const struct ip_addr *addr)
{
	const uint8_t *v4 = v4_within(addr), *b = addr->bytes;

	if (v4)
		return is_public_v4(v4);
	if (b[0] == 0x20 && b[1] == 0x01 && (b[2] & 0xfe) == 0) /* 2001:0000::/23: Teredo, ORCHID and kin */
		return false;
	if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8) /* documentation */
		return false;
	if (b[0] == 0x3f && b[1] == 0xff && (b[2] & 0xf0) == 0) /* documentation (RFC 9637) */
		return false;
	return (b[0] & 0xe0) == 0x20; /* 2000::/3 is all the global unicast space there is */
}

bool ip_cidr_contains(const struct ip_cidr *cidr, const struct ip_addr *addr)
{
	size_t whole = cidr->prefix_bits / 8;
	unsigned rest = cidr->prefix_bits % 8;

	if (memcmp(cidr->base.bytes, addr->bytes, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	uint8_t mask = (uint8_t)(0xff << (8 - rest));
	return ((cidr->base.bytes[whole] ^ addr->bytes[whole]) & mask) == 0;
}

static bool host_bits_are_zero(const struct ip_cidr *cidr)
{
	for (unsigned bit = cidr->prefix_bits; bit < 128; bit++)
		if (cidr->base.bytes[bit / 8] & (0x80 >> (bit % 8)))
			return false;
	return true;
}

bool ip_cidr_parse(struct slice text, struct ip_cidr *ret_cidr)
{
	struct slice addr_text, bits_text;
	struct ip_cidr cidr;
	uint32_t bits;

	bool has_bits = slice_cut(text, '/', &addr_text, &bits_text);
	if (!ip_addr_parse(addr_text, &cidr.base))
		return false;
	bool is_v4 = ip_addr_is_v4(&cidr.base) && !memchr(addr_text.data, ':', addr_text.len);
	if (!has_bits)
		bits = is_v4 ? 32 : 128;
	else if (!slice_parse_u32(bits_text, is_v4 ? 32 : 128, &bits) ||
		 (bits_text.len > 1 && bits_text.data[0] == '0'))
		return false;
	cidr.prefix_bits = (uint8_t)(is_v4 ? 96 + bits : bits);
	if (!host_bits_are_zero(&cidr))
		return false;
	*ret_cidr = cidr;
	return true;
}

/* What DNS names, IPv4 literals and their misspellings consist of. Blanks and control bytes never get
 * through. */
static bool is_host_text(struct slice host)
{
	for (size_t i = 0; i < host.len; i++) {
		char c = host.data[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!letter && c != '-' && c != '_' && c != '.')
			return false;
	}
	return host.len > 0 && host.len <= 253;
}

bool host_port_parse(struct slice text, struct host_port *ret_hp)
{
	struct host_port hp = {0};
	struct slice port_text;
	uint32_t port;

	if (text.len > 0 && text.data[0] == '[') {
		struct ip_addr addr;
		if (!slice_cut(slice_from(text, 1), ']', &hp.host, &port_text))
			return false;
		if (!ip_addr_parse(hp.host, &addr) || !memchr(hp.host.data, ':', hp.host.len))
			return false;
		if (port_text.len == 0 || port_text.data[0] != ':')
			return false;
		port_text = slice_from(port_text, 1);
		hp.bracketed = true;
	} else if (!slice_cut(text, ':', &hp.host, &port_text)) {
		return false;
	}
	if ((!hp.bracketed && !is_host_text(hp.host)) || port_text.len == 0 || port_text.data[0] == '0' ||
		!slice_parse_u32(port_text, 65535, &port))
		return false;
	hp.port = (uint16_t)port;
	*ret_hp = hp;
	return true;
}
