/*
 * dns_zone.c: GET /api/dns-zone: the records that make DOMAIN's endpoints found, as a zone file to import or
 * to copy by hand. One wildcard serves every endpoint there is and will be.
 */
#include "api-node/api.h"
#include "api-node/handlers/handlers.h"
#include "api-node/public_ports.h"
#include "api-node/reply.h"
#include "api-node/request.h"

enum { TTL_S = 300 };

/* Where the names point to: an address, another name, or what the reader has to fill in. */
static void append_target(struct buf *zone, struct slice domain, struct slice host)
{
	struct ip_addr addr;

	if (!host.len) {
		buf_append_str(zone,
			"; PUBLIC_HOST is not set: put the address of your relays, or of the balancer\n"
			"; before them, in place of YOUR.SERVER.ADDRESS\n"
			"*  IN  A  YOUR.SERVER.ADDRESS\n");
		return;
	}
	if (ip_addr_parse(host, &addr)) {
		buf_printf(zone, "*  IN  %s  %.*s\n", ip_addr_is_v4(&addr) ? "A" : "AAAA", SLICE_ARG(host));
		return;
	}
	buf_printf(zone, "*  IN  CNAME  %.*s.\n", SLICE_ARG(host));
	if (slice_eq_icase(host, domain) || (host.len > domain.len && slice_has_suffix(host, domain) &&
						    host.data[host.len - domain.len - 1] == '.'))
		buf_printf(zone, "; %.*s itself needs an address record of its own\n", SLICE_ARG(host));
}

static void append_ways(struct buf *zone, const struct public_access *access)
{
	if (access->port_start)
		buf_printf(zone, "; by port: proxy1.%.*s:%u and up to port %u\n", SLICE_ARG(access->domain),
			access->port_start + 1u, access->port_end);
	if (access->http_port)
		buf_printf(zone, "; by user name: port %u\n", access->http_port);
	if (access->tls_port)
		buf_printf(zone, "; by TLS name: port %u; the certificate must be for *.%.*s\n",
			access->tls_port, SLICE_ARG(access->domain));
}

void dns_zone_get(struct request *req)
{
	const struct public_access *access = public_ports_access(req->api->public_ports);
	struct ip_addr addr;
	struct buf zone;

	if (!access->domain.len || ip_addr_parse(access->domain, &addr)) {
		reply_problem(req, 409, "err.no_domain", NULL, NULL);
		return;
	}
	buf_init(&zone, 0);
	buf_printf(
		&zone, "; The endpoints' names, for the name servers of %.*s\n", SLICE_ARG(access->domain));
	append_ways(&zone, access);
	buf_printf(&zone, "$ORIGIN %.*s.\n$TTL %d\n", SLICE_ARG(access->domain), TTL_S);
	append_target(&zone, access->domain, access->host);
	reply_body(req, 200, "text/plain; charset=utf-8", &zone);
	buf_done(&zone);
}
