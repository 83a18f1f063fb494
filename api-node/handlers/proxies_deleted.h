/* proxies_deleted.h: what deleting and restoring one and deleting and restoring many (bulk) share. */
#ifndef KP_API_HANDLERS_PROXIES_DELETED_H
#define KP_API_HANDLERS_PROXIES_DELETED_H

#include <stdint.h>

struct request;

#define DELETED_KEEP_MS (24ull * 60 * 60 * 1000) /* how long a deleted proxy can be restored */

/* Whose deleted proxies the caller may see and restore: their own, or STORE_ANYBODY's. */
int64_t deleted_owner(const struct request *req);

#endif
