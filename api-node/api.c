/* api.c: see api.h. */
#include "api-node/api.h"

#include "api-node/reply.h"
#include "api-node/request.h"

/* An answer of the API is data: shown as a page, it loads and sends nothing. */
#define API_SECURITY_POLICY "default-src 'none'; form-action 'none'"

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

	if (trusted(api->config, &req->peer))
		req->way = CAME_THROUGH_PROXY;
	else
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

bool api_behind_tls(const struct request *req)
{
	return slice_eq_icase(req->headers[HEADER_X_FORWARDED_PROTO], SLICE_LIT("https"));
}

void api_common_headers(struct request *req)
{
	const struct reply *reply = &req->reply;

	reply_header(req, "X-Request-Id", "%s", req->id);
	reply_header(req, "Cache-Control", "%s", reply->cache_control ? reply->cache_control : "no-store");
	reply_header(req, "Content-Security-Policy", "%s",
		reply->security_policy ? reply->security_policy : API_SECURITY_POLICY);
	/* Not for subdomains: the endpoints are some, and are spoken to without TLS. */
	if (api_behind_tls(req))
		reply_header(req, "Strict-Transport-Security", "max-age=31536000");
}
