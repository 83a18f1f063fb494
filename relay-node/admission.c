/* admission.c: see admission.h. */
#include "relay-node/admission.h"

#include "shared/base/hash_map.h"
#include "shared/crypto/keyring.h"
#include "shared/crypto/token.h"

static bool password_matches(struct admission_cache *cache, const struct keyring *kr,
	const struct route *route, struct slice password)
{
	/* SipHash with a secret key of this process: nobody outside can aim at a slot or a collision. */
	uint64_t hash = hash_bytes(password) | 1;
	size_t slot = (hash ^ route->id * 0x9e3779b97f4a7c15ull) % ADMISSION_CACHE_SLOTS;
	uint8_t digest[KEYRING_KEY_BYTES];

	if (!route->has_password)
		return false;
	if (cache->slots[slot].password_hash == hash && cache->slots[slot].id == route->id &&
		cache->slots[slot].ver == route->ver)
		return true;
	keyring_proxy_password_digest(kr, route->id, password, digest);
	if (!constant_time_eq(digest, route->password_hash, ROUTE_PASSWORD_HASH_BYTES))
		return false;
	cache->slots[slot].id = route->id;
	cache->slots[slot].ver = route->ver;
	cache->slots[slot].password_hash = hash;
	return true;
}

enum admission_verdict admission_check(struct admission_cache *cache, const struct keyring *kr,
	const struct route *route, const struct ip_addr *client, int64_t wall_ms,
	const struct basic_auth *auth)
{
	if (route_allows(route, client, wall_ms))
		return ADMISSION_GRANTED;
	if (!auth || !slice_eq_icase(basic_auth_user(auth), route->subdomain))
		return ADMISSION_REFUSED;
	return password_matches(cache, kr, route, basic_auth_password(auth)) ? ADMISSION_GRANTED
									     : ADMISSION_REFUSED;
}
