/* users.h: what the handlers of users share. */
#ifndef KP_API_HANDLERS_USERS_H
#define KP_API_HANDLERS_USERS_H

#include <stdbool.h>
#include <stdint.h>

struct records;
struct request;
struct store_result;

/* How many proxies are this user's, in our copy: one pass over all of them, for the few calls of
 * administrators. */
uint64_t users_proxy_count(struct records *records, int64_t user_id);

/* True when the store refused, and the refusal was sent. */
bool users_refused(struct request *req, const struct store_result *result);

#endif
