/*
 * proxy_upstream.h: the fixed upstream of a static proxy, as people write it: one URL; its record has the
 * parts.
 */
#ifndef KP_API_HANDLERS_PROXY_UPSTREAM_H
#define KP_API_HANDLERS_PROXY_UPSTREAM_H

#include "shared/crypto/keyring.h"
#include "shared/model/proxy.h"
#include "shared/model/validate.h"

struct proxy_form;
struct request;

/* Whether upstreams may have private addresses here. */
enum upstream_policy upstream_policy_of(const struct request *req);

/* Puts the parts of `url` into the form as the record's remote_* fields, in place of `upstream`; the password
 * is not sealed yet. False with the field when it is no such URL. */
bool proxy_upstream_take(struct proxy_form *form, struct slice url, enum upstream_policy policy,
	struct field_err *err) MUST_CHECK;

/* Takes the parts out of the form again when `proxy` has that very upstream: sealed anew, its password would
 * look like another one, and the relays would move every tunnel. */
void proxy_upstream_drop_same(
	struct proxy_form *form, const struct proxy *proxy, const struct keyring *keyring);

#endif
