/*
 * store_links.h: change-IP links: a token that rotates one proxy without a session. Called by api-node. The
 * token itself comes here sealed, and as its SHA-256 (64 hex digits), never plain.
 */
#ifndef KP_STORE_STORE_LINKS_H
#define KP_STORE_STORE_LINKS_H

#include "shared/store/store_op.h"

/* The proxy's one link from now on; empty texts take the link away. OK version | NOTHING | NOT_FOUND */
void store_link_set(struct store *s, uint64_t id, struct slice actor, struct slice sealed_token,
	struct slice hash, store_done_fn *done, void *arg);

/* OK id | NOT_FOUND */
void store_link_find(struct store *s, struct slice hash, store_done_fn *done, void *arg);

#endif
