/* served_route.c: see served_route.h. */
#include "relay-node/served_route.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/ensure.h"
#include "shared/crypto/base64.h"
#include "shared/crypto/seal.h"

enum { CREDENTIALS_BYTES_MAX = 1024 };

struct endpoint_load *endpoint_load_new(void)
{
	struct endpoint_load *load = mem_zalloc(sizeof(*load));

	atomic_init(&load->refs, 1);
	return load;
}

struct endpoint_load *endpoint_load_ref(struct endpoint_load *load)
{
	atomic_fetch_add_explicit(&load->refs, 1, memory_order_relaxed);
	return load;
}

void endpoint_load_unref(struct endpoint_load *load)
{
	if (load && atomic_fetch_sub_explicit(&load->refs, 1, memory_order_acq_rel) == 1)
		free(load);
}

/* "Basic base64(user:password)"; nothing when the upstream wants no credentials. */
static bool authorization_build(
	const struct route *route, const struct keyring *kr, struct buf *out, struct err *err)
{
	struct buf plain;
	char aad[64];
	bool ok = false;

	if (!route->upstream_user.len && !route->upstream_auth.len)
		return true;
	buf_init(&plain, CREDENTIALS_BYTES_MAX);
	snprintf(aad, sizeof(aad), "proxy:%" PRIu64 ":remote_password", route->id);
	buf_append_slice(&plain, route->upstream_user);
	buf_append_char(&plain, ':');
	if (route->upstream_auth.len && !unseal(kr, slice_from_str(aad), route->upstream_auth, &plain, err)) {
		err_prefix(err, "upstream password of proxy %" PRIu64, route->id);
		goto out;
	}
	buf_append_str(out, "Basic ");
	base64_encode(BASE64_STANDARD, buf_slice(&plain), out);
	if (plain.overflow || out->overflow)
		err_set(err, ERR_LIMIT, "upstream credentials of proxy %" PRIu64 " are too long", route->id);
	else
		ok = true;
out:
	secret_wipe(&plain);
	buf_done(&plain);
	return ok;
}

struct served_route *served_route_new(
	struct route *route, struct endpoint_load *load, const struct keyring *kr, struct err *err)
{
	struct served_route *served = NULL;
	struct buf authorization;

	buf_init(&authorization, 2 * CREDENTIALS_BYTES_MAX);
	if (!authorization_build(route, kr, &authorization, err))
		goto out;
	served = mem_zalloc(sizeof(*served) + authorization.len);
	atomic_init(&served->refs, 1);
	served->route = route_ref(route);
	served->load = endpoint_load_ref(load);
	served->authorization_len = authorization.len;
	if (authorization.len)
		memcpy(served->authorization, authorization.data, authorization.len);
out:
	secret_wipe(&authorization);
	buf_done(&authorization);
	return served;
}

struct served_route *served_route_ref(struct served_route *served)
{
	atomic_fetch_add_explicit(&served->refs, 1, memory_order_relaxed);
	return served;
}

void served_route_unref(struct served_route *served)
{
	if (!served || atomic_fetch_sub_explicit(&served->refs, 1, memory_order_acq_rel) != 1)
		return;
	explicit_bzero(served->authorization, served->authorization_len);
	route_unref(served->route);
	endpoint_load_unref(served->load);
	free(served);
}

bool served_route_same_upstream(const struct served_route *a, const struct served_route *b)
{
	return a->route->http.port == b->route->http.port &&
	       ip_addr_eq(&a->route->http.addr, &b->route->http.addr) &&
	       slice_eq(served_route_authorization(a), served_route_authorization(b));
}
