/* proxy_upstream.c: see proxy_upstream.h. */
#include "api-node/handlers/proxy_upstream.h"

#include <inttypes.h>
#include <stdio.h>

#include "api-node/api.h"
#include "api-node/handlers/proxy_form.h"
#include "api-node/request.h"
#include "shared/crypto/seal.h"

enum { AAD_BYTES = 64 };

enum upstream_policy upstream_policy_of(const struct request *req)
{
	return req->api->config->common.upstream_allow_private ? UPSTREAM_PRIVATE_ALLOWED
							       : UPSTREAM_PUBLIC_ONLY;
}

bool proxy_upstream_take(
	struct proxy_form *form, struct slice url, enum upstream_policy policy, struct field_err *err)
{
	char address[IP_TEXT_BYTES], host_port[IP_TEXT_BYTES + 10];
	struct upstream_url upstream;

	if (!validate_upstream(url, policy, &upstream, err))
		return false;
	ip_addr_text(&upstream.addr, address);
	snprintf(host_port, sizeof(host_port), ip_addr_is_v4(&upstream.addr) ? "%s:%u" : "[%s]:%u", address,
		upstream.port);
	proxy_form_drop(form, "upstream");
	proxy_form_set(form, "remote_http", slice_from_str(host_port));
	proxy_form_set(form, "remote_ip", slice_from_str(address));
	proxy_form_set(form, "remote_user", slice_from_str(upstream.user));
	proxy_form_set(form, "remote_password", slice_from_str(upstream.password));
	return true;
}

static bool is_same(const struct proxy_form *form, const char *name, struct slice value)
{
	struct slice given;

	return proxy_form_get(form, name, &given) && slice_eq(given, value);
}

static bool is_same_password(
	const struct proxy_form *form, const struct proxy *proxy, const struct keyring *keyring)
{
	char aad[AAD_BYTES];
	struct buf plain;
	bool same = true;

	buf_init(&plain, 0);
	snprintf(aad, sizeof(aad), "proxy:%" PRId64 ":remote_password", proxy->id);
	if (proxy->remote_password.len > 0)
		same = unseal(keyring, slice_from_str(aad), proxy->remote_password, &plain, NULL);
	same = same && is_same(form, "remote_password", buf_slice(&plain));
	secret_wipe(&plain);
	buf_done(&plain);
	return same;
}

void proxy_upstream_drop_same(
	struct proxy_form *form, const struct proxy *proxy, const struct keyring *keyring)
{
	if (!is_same(form, "remote_http", proxy->remote_http) ||
		!is_same(form, "remote_user", proxy->remote_user) || !is_same_password(form, proxy, keyring))
		return;
	proxy_form_drop(form, "remote_http");
	proxy_form_drop(form, "remote_ip");
	proxy_form_drop(form, "remote_user");
	proxy_form_drop(form, "remote_password");
}
