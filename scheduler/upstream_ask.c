/* upstream_ask.c: see upstream_ask.h. */
#include "scheduler/upstream_ask.h"

#include <inttypes.h>
#include <stdio.h>

#include "scheduler/providers/vendor_text.h"
#include "scheduler/sched_config.h"
#include "shared/crypto/seal.h"
#include "shared/model/proxy.h"

enum { ASK_TIMEOUT_MS = 5000, ASK_CONNECT_MS = 4000, ASK_BODY_MAX_BYTES = 256 * 1024 };

/* "http://ip:port" of the record's upstream; it must be one that relays would dial. */
static bool proxy_url(
	const struct sched_env *env, const struct proxy *proxy, char *dst, size_t size, struct err *err)
{
	enum address_policy policy =
		env->config->common.upstream_allow_private ? ADDRESS_PRIVATE_ALLOWED : ADDRESS_PUBLIC_ONLY;
	bool http = proxy->remote_http.len > 0;
	struct vendor_upstream up;
	char address[PROVIDER_ADDRESS_BYTES];

	if (!vendor_upstream_read(http ? proxy->remote_http : proxy->remote_socks5, policy, &up, err))
		return false;
	vendor_upstream_text(&up, address);
	snprintf(dst, size, "%s://%s", http ? "http" : "socks5h", address);
	return true;
}

struct http_transfer *upstream_ask(const struct sched_env *env, const struct proxy *proxy, const char *url,
	http_done_fn *done, void *arg, struct err *err)
{
	char upstream[128], user[PROVIDER_USER_BYTES], aad[64];
	struct http_transfer *transfer = NULL;
	struct buf password;

	snprintf(aad, sizeof(aad), "proxy:%" PRId64 ":remote_password", proxy->id);
	buf_init(&password, PROVIDER_USER_BYTES);
	if (!proxy_url(env, proxy, upstream, sizeof(upstream), err))
		goto out;
	if (!slice_copy(proxy->remote_user, user, sizeof(user))) {
		err_set(err, ERR_INVALID, "the upstream's user is too long");
		goto out;
	}
	if (!unseal(env->keyring, slice_from_str(aad), proxy->remote_password, &password, err))
		goto out;
	struct http_request request = {
		.method = "GET",
		.url = url,
		.repeat = HTTP_MAY_REPEAT,
		.reuse = HTTP_FRESH_CONNECTION,
		.timeout_ms = ASK_TIMEOUT_MS,
		.connect_timeout_ms = ASK_CONNECT_MS,
		.body_max_bytes = ASK_BODY_MAX_BYTES,
		.proxy = upstream,
		.proxy_user = user,
		.proxy_password = buf_str(&password),
	};
	transfer = http_client_start(env->http, &request, done, arg, err);
out:
	secret_wipe(&password);
	return transfer;
}
