/* users.h: what the handlers of users share. */
#ifndef KP_API_HANDLERS_USERS_H
#define KP_API_HANDLERS_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct records;
struct request;
struct store_result;

struct user_count {
	int64_t user_id;
	uint64_t proxies;
};

/* How many proxies are whose, in our copy: one pass over it for all of `counts`, which are by user_id,
 * ascending. */
void users_count_proxies(struct records *records, struct user_count *counts, size_t n);

/* True when the store refused, and the refusal was sent. */
bool users_refused(struct request *req, const struct store_result *result);

#endif
