/* auth_limit.h: what every call that looks at a password counts against, and how its refusal is answered. */
#ifndef KP_API_HANDLERS_AUTH_LIMIT_H
#define KP_API_HANDLERS_AUTH_LIMIT_H

#include <stdbool.h>

#include "shared/base/ip_addr.h"
#include "shared/base/slice.h"
#include "shared/model/validate.h"

struct request;
struct store_result;

struct auth_keys {
	char user[USERNAME_MAX_BYTES + 1]; /* lower case: names are compared so */
	char address[IP_TEXT_BYTES];       /* IPv4, or the /64 of IPv6, which one customer has to himself */
};

void auth_keys_make(struct auth_keys *keys, struct slice username, const struct ip_addr *peer);

/* True when login_attempt did not let it through, and the answer was sent: 429 with Retry-After, or 503. */
bool auth_attempt_refused(struct request *req, const struct store_result *result);

#endif
