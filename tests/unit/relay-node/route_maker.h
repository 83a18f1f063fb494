/* route_maker.h: routes for tests, through the real parser and the real sealing. */
#ifndef KP_TEST_ROUTE_MAKER_H
#define KP_TEST_ROUTE_MAKER_H

#include <stdio.h>
#include <stdlib.h>

#include "relay-node/served_route.h"
#include "shared/base/buf.h"
#include "shared/crypto/keyring.h"
#include "shared/crypto/seal.h"

#define TEST_SECRET_KEY "1717171717171717171717171717171717171717171717171717171717171717"

static inline struct keyring *test_keyring(void)
{
	return keyring_load(TEST_SECRET_KEY, NULL, NULL, NULL);
}

struct route_text {
	unsigned id;           /* also the number; the subdomain is proxy<id> */
	const char *name;      /* NULL = proxy<id> */
	const char *state;     /* NULL = "active" */
	const char *reason;    /* NULL = "" */
	const char *http;      /* NULL = 198.51.100.1:8080 */
	const char *user;      /* of the upstream */
	const char *auth;      /* sealed */
	const char *allow;     /* NULL = [] */
	const char *on_rotate; /* NULL = "drain" */
	const char *hash;      /* NULL = none */
	unsigned restart_seq, ver;
	struct err *err;
};

static inline struct route *test_route(struct route_text t)
{
	char name[32];
	struct buf b;
	struct route *route;

	buf_init(&b, 0);
	if (t.name)
		snprintf(name, sizeof(name), "%s", t.name);
	else
		snprintf(name, sizeof(name), "proxy%u", t.id);
	buf_printf(&b,
		"{\"id\":%u,\"subdomain\":\"%s\",\"number\":%u,\"state\":\"%s\",\"rotating\":false,\"http\":\"%s\","
		"\"socks5\":\"\",\"upstream_user\":\"%s\",\"upstream_auth\":\"%s\",\"password_hash\":\"%s\","
		"\"allow\":%s,\"on_rotate\":\"%s\",\"drain_seconds\":30,\"restart_seq\":%u,\"limits\":{},\"ver\":%u,"
		"\"reason\":\"%s\"}",
		t.id, name, t.id, t.state ? t.state : "active", t.http ? t.http : "198.51.100.1:8080",
		t.user ? t.user : "", t.auth ? t.auth : "", t.hash ? t.hash : "", t.allow ? t.allow : "[]",
		t.on_rotate ? t.on_rotate : "drain", t.restart_seq, t.ver ? t.ver : 1,
		t.reason ? t.reason : "");
	route = route_from_json(slice_from_str(name), buf_slice(&b), t.err);
	buf_done(&b);
	return route;
}

static inline struct served_route *test_served(const struct keyring *kr, struct route_text t)
{
	struct route *route = test_route(t);
	struct endpoint_load *load = endpoint_load_new();
	struct served_route *served = route ? served_route_new(route, load, kr, t.err) : NULL;

	route_unref(route);
	endpoint_load_unref(load);
	return served;
}

#endif
