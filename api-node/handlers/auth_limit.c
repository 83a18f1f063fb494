/* auth_limit.c: see auth_limit.h. */
#include "api-node/handlers/auth_limit.h"

#include <stdio.h>
#include <string.h>

#include "api-node/handlers/proxy_reply.h"
#include "api-node/reply.h"
#include "shared/base/ensure.h"
#include "shared/store/store_result.h"

void auth_keys_make(struct auth_keys *keys, struct slice username, const struct ip_addr *peer)
{
	struct ip_addr prefix = *peer;

	ensure(slice_copy(username, keys->user, sizeof(keys->user)));
	for (char *c = keys->user; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c |= 0x20;
	if (!ip_addr_is_v4(peer))
		memset(prefix.bytes + 8, 0, 8);
	ip_addr_text(&prefix, keys->address);
}

bool auth_attempt_refused(struct request *req, const struct store_result *result)
{
	char params[48];

	if (result->status == STORE_OK)
		return false;
	if (result->status != STORE_LIMITED) {
		store_refusal_reply(req, result);
		return true;
	}
	uint64_t retry_ms = store_result_uint(result, "retry_in_ms");
	snprintf(params, sizeof(params), "{\"s\":%llu}", (unsigned long long)((retry_ms + 999) / 1000));
	reply_retry_after(req, retry_ms);
	reply_problem(req, 429, "err.login_limited", params, NULL);
	return true;
}
