/*
 * admission.h: may this client use this endpoint? A source address in `allow` is let in whatever credentials
 * it sends; otherwise user = subdomain and password must match. Called by the head stage.
 */
#ifndef KP_RELAY_ADMISSION_H
#define KP_RELAY_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "relay-node/basic_auth.h"
#include "shared/base/ip_addr.h"
#include "shared/model/route.h"

struct keyring;

enum { ADMISSION_CACHE_SLOTS = 1024 };

/* Credentials that matched lately, so that a busy client costs one HMAC per route version, not one per
 * request. Holds keyed hashes only. One per worker. */
struct admission_cache {
	struct {
		uint64_t id, ver;
		uint64_t password_hash; /* SipHash under the process's own key; 0 = empty slot */
	} slots[ADMISSION_CACHE_SLOTS];
};

enum admission_verdict { ADMISSION_GRANTED, ADMISSION_REFUSED };

/* `auth` NULL: no (readable) credentials came. wall_ms: epoch ms by Redis' clock. */
enum admission_verdict admission_check(struct admission_cache *cache, const struct keyring *kr,
	const struct route *route, const struct ip_addr *client, int64_t wall_ms,
	const struct basic_auth *auth);

#endif
