/* destination.c: see destination.h. */
#include "relay-node/destination.h"

#include <string.h>

#include "relay-node/http_chars.h"
#include "shared/base/ip_addr.h"

/* Names that hosts files give to the machine itself (Debian, Red Hat), besides RFC 6761's localhost. */
static const struct slice local_names[] = {
#define NAME(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}
	NAME("localhost"),
	NAME("localhost6"),
	NAME("localhost.localdomain"),
	NAME("localhost6.localdomain6"),
	NAME("ip6-localhost"),
	NAME("ip6-loopback"),
#undef NAME
};

static bool is_local_name(struct slice name)
{
	struct slice suffix = SLICE_LIT(".localhost");

	for (size_t i = 0; i < ARRAY_LEN(local_names); i++)
		if (slice_eq_icase(name, local_names[i]))
			return true;
	return name.len > suffix.len && slice_eq_icase(slice_from(name, name.len - suffix.len), suffix);
}

/*
 * Whether inet_aton(), or a browser's URL parser, may take the name for an IPv4 address: its last label is a
 * number, decimal, octal or 0x hexadecimal (the WHATWG URL standard's "ends in a number"). No top-level
 * domain is.
 */
static bool ends_in_number(struct slice name)
{
	const char *end = name.data + name.len;
	const char *label = end;

	while (label > name.data && label[-1] != '.')
		label--;
	if (label == end)
		return false;
	if (end - label >= 2 && label[0] == '0' && (label[1] | 0x20) == 'x')
		return http_skip(label + 2, end, HTTP_HEX) == end;
	return http_skip(label, end, HTTP_DIGIT) == end;
}

enum destination_verdict destination_check(struct slice host, enum destination_policy policy)
{
	struct ip_addr addr;

	if (policy == DESTINATION_ANY)
		return DESTINATION_ALLOWED;
	if (host.len > 0 && host.data[host.len - 1] == '.')
		host.len--;
	if (host.len == 0)
		return DESTINATION_AMBIGUOUS;
	if (memchr(host.data, ':', host.len) || ends_in_number(host)) {
		/* Only plain spellings are understood. The others (short, octal, hexadecimal) mean different
		 * addresses to different readers, and nobody needs them. */
		if (!ip_addr_parse(host, &addr))
			return DESTINATION_AMBIGUOUS;
		return ip_addr_is_public(&addr) ? DESTINATION_ALLOWED : DESTINATION_PRIVATE;
	}
	return is_local_name(host) ? DESTINATION_PRIVATE : DESTINATION_ALLOWED;
}
