/* api.c: see api.h. */
#include "api-node/api.h"

#include "api-node/reply.h"
#include "api-node/request.h"

static bool trusted(const struct api_config *config, const struct ip_addr *addr)
{
	for (size_t i = 0; i < config->trusted_proxy_count; i++)
		if (ip_cidr_contains(&config->trusted_proxies[i], addr))
			return true;
	return false;
}

void api_request_peer(struct api *api, struct request *req)
{
	struct slice rest = req->headers[HEADER_X_FORWARDED_FOR];
	struct ip_addr addr;

	if (!trusted(api->config, &req->peer))
		req->headers[HEADER_X_FORWARDED_PROTO] = SLICE_NONE;
	/* From the right: each trusted hop vouches for the one before it, the first that is not trusted is
	 * the client. */
	while (rest.len > 0 && trusted(api->config, &req->peer)) {
		size_t at = rest.len;
		while (at > 0 && rest.data[at - 1] != ',')
			at--;
		if (!ip_addr_parse(slice_trim(slice_from(rest, at), " "), &addr))
			return;
		req->peer = addr;
		rest.len = at > 0 ? at - 1 : 0;
	}
}

void api_common_headers(struct request *req)
{
	reply_header(req, "X-Request-Id", "%s", req->id);
	reply_header(
		req, "Cache-Control", "%s", req->reply.cache_control ? req->reply.cache_control : "no-store");
	reply_header(req, "X-Content-Type-Options", "nosniff");
	reply_header(req, "Referrer-Policy", "same-origin");
	reply_header(req, "Content-Security-Policy",
		"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
	reply_header(req, "Cross-Origin-Opener-Policy", "same-origin");
}
