/* endpoint.c: see endpoint.h. */
#include "shared/model/endpoint.h"

#include <stdio.h>

#include "shared/base/ensure.h"

#define X(name, text) [WAY_##name] = text,
static const char *const WAY_TEXTS[] = {ENDPOINT_WAYS(X)};
#undef X

/* The host of the way that all endpoints share, in front of the fleet's domain. */
#define SHARED_LABEL "proxy"

const char *endpoint_way_text(enum endpoint_way way)
{
	ensure((unsigned)way < ENDPOINT_WAY_COUNT);
	return WAY_TEXTS[way];
}

/* An IP address as DOMAIN gives endpoints no names. */
static bool has_names(const struct public_access *access)
{
	struct ip_addr addr;

	return access->domain.len > 0 && !ip_addr_parse(access->domain, &addr);
}

/* Where all endpoints are reached together: empty when nobody said. */
static void shared_host(const struct public_access *access, char dst[ENDPOINT_HOST_BYTES])
{
	if (access->host.len > 0)
		snprintf(dst, ENDPOINT_HOST_BYTES, "%.*s", SLICE_ARG(access->host));
	else if (has_names(access))
		snprintf(dst, ENDPOINT_HOST_BYTES, SHARED_LABEL ".%.*s", SLICE_ARG(access->domain));
	else
		snprintf(dst, ENDPOINT_HOST_BYTES, "%.*s", SLICE_ARG(access->domain));
}

static void own_host(
	const struct public_access *access, struct slice subdomain, char dst[ENDPOINT_HOST_BYTES])
{
	if (has_names(access))
		snprintf(dst, ENDPOINT_HOST_BYTES, "%.*s.%.*s", SLICE_ARG(subdomain),
			SLICE_ARG(access->domain));
	else
		shared_host(access, dst);
}

void endpoint_name(const struct public_access *access, struct slice subdomain, int64_t number,
	char dst[ENDPOINT_NAME_BYTES])
{
	char host[ENDPOINT_HOST_BYTES];
	struct ip_addr addr;
	uint16_t port;

	own_host(access, subdomain, host);
	if (has_names(access)) {
		snprintf(dst, ENDPOINT_NAME_BYTES, "%s", host);
		return;
	}
	if (!host[0]) {
		/* Nobody knows where the relays are: the user name at least is right. */
		snprintf(dst, ENDPOINT_NAME_BYTES, "%.*s", SLICE_ARG(subdomain));
		return;
	}
	if (!endpoint_port(access, number, &port))
		port = access->http_port;
	bool v6 = ip_addr_parse(slice_from_str(host), &addr) && !ip_addr_is_v4(&addr);
	snprintf(dst, ENDPOINT_NAME_BYTES, v6 ? "[%s]:%u" : "%s:%u", host, port);
}

bool endpoint_port(const struct public_access *access, int64_t number, uint16_t *ret_port)
{
	if (access->port_start == 0 || number < 1 || number > access->port_end - (int64_t)access->port_start)
		return false;
	*ret_port = (uint16_t)(access->port_start + number);
	return true;
}

bool endpoint_address(const struct public_access *access, int64_t number, struct ip_addr *ret_addr)
{
	struct ip_addr addr = access->address_pool.base;
	uint64_t carry = (uint64_t)number;

	if (!access->has_address_pool || number < 1)
		return false;
	for (int i = (int)sizeof(addr.bytes) - 1; i >= 0 && carry > 0; i--) {
		carry += addr.bytes[i];
		addr.bytes[i] = (uint8_t)carry;
		carry >>= 8;
	}
	if (carry > 0 || !ip_cidr_contains(&access->address_pool, &addr))
		return false;
	*ret_addr = addr;
	return true;
}

static void add(struct endpoint endpoints[], size_t *count, enum endpoint_way way, const char *scheme,
	const char *host, uint16_t port)
{
	ensure(*count < ENDPOINT_MAX);
	struct endpoint *endpoint = &endpoints[(*count)++];

	endpoint->way = way;
	endpoint->scheme = scheme;
	endpoint->port = port;
	snprintf(endpoint->host, sizeof(endpoint->host), "%s", host);
}

size_t endpoint_list(const struct public_access *access, struct slice subdomain, int64_t number,
	struct endpoint ret_endpoints[ENDPOINT_MAX])
{
	char own[ENDPOINT_HOST_BYTES], shared[ENDPOINT_HOST_BYTES];
	struct ip_addr addr;
	size_t count = 0;
	uint16_t port;

	own_host(access, subdomain, own);
	shared_host(access, shared);
	if (!own[0] || !shared[0])
		return 0;
	if (endpoint_port(access, number, &port)) {
		add(ret_endpoints, &count, WAY_PORT, "http", own, port);
		if (access->socks5)
			add(ret_endpoints, &count, WAY_PORT, "socks5h", own, port);
	}
	/* The zone file gives the name of an endpoint with an address of its own that address. */
	if (has_names(access) && access->http_port && endpoint_address(access, number, &addr)) {
		add(ret_endpoints, &count, WAY_ADDRESS, "http", own, access->http_port);
		if (access->socks5)
			add(ret_endpoints, &count, WAY_ADDRESS, "socks5h", own, access->http_port);
	}
	if (has_names(access) && access->tls_port)
		add(ret_endpoints, &count, WAY_SNI, "https", own, access->tls_port);
	if (access->http_port) {
		add(ret_endpoints, &count, WAY_CREDENTIALS, "http", shared, access->http_port);
		if (access->socks5)
			add(ret_endpoints, &count, WAY_CREDENTIALS, "socks5h", shared, access->http_port);
	}
	return count;
}
