/* link_url.c: see link_url.h. */
#include "api-node/link_url.h"

#include <inttypes.h>

#include "api-node/api.h"
#include "shared/crypto/seal.h"
#include "shared/model/proxy.h"

void link_url(const struct api *api, struct slice token, struct buf *out)
{
	struct slice base, rest;

	slice_cut(slice_from_str(api->config->public_urls), ',', &base, &rest);
	base = slice_trim(base, " ");
	while (base.len > 0 && base.data[base.len - 1] == '/')
		base.len--;
	buf_printf(out, "%.*s/r/%.*s", SLICE_ARG(base), SLICE_ARG(token));
}

void link_token_aad(uint64_t proxy_id, struct buf *out)
{
	buf_printf(out, "proxy:%" PRIu64 ":link_token", proxy_id);
}

bool link_url_of_proxy(const struct api *api, const struct proxy *proxy, struct buf *out, struct err *err)
{
	struct buf aad, token;

	if (proxy->link_token.len == 0)
		return true;
	buf_init(&aad, 0);
	buf_init(&token, 0);
	link_token_aad((uint64_t)proxy->id, &aad);
	bool ok = unseal(api->keyring, buf_slice(&aad), proxy->link_token, &token, err);
	if (ok)
		link_url(api, buf_slice(&token), out);
	buf_done(&aad);
	secret_wipe(&token);
	return ok;
}
