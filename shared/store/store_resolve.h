/*
 * store_resolve.h: turns a host name into addresses without blocking the loop: getaddrinfo runs in a helper
 * thread, the answer comes back through an eventfd. For store_link.c only; relays never resolve clients'
 * names.
 */
#ifndef KP_STORE_STORE_RESOLVE_H
#define KP_STORE_STORE_RESOLVE_H

#include <stddef.h>

#include "shared/base/err.h"
#include "shared/base/ip_addr.h"
#include "shared/loop/loop.h"

enum { STORE_RESOLVE_MAX = 8 };

struct store_resolve;

/* `count` 0: failed, `err` says why. `addresses` is valid only inside. The resolve may be freed inside. */
typedef void store_resolve_fn(
	const struct ip_addr *addresses, size_t count, const struct err *err, void *arg);

/* NULL (and err) when there is no thread or descriptor for it. */
struct store_resolve *store_resolve_start(
	struct loop *loop, const char *host, store_resolve_fn *fn, void *arg, struct err *err) MUST_CHECK;

/* At any time, also before the answer: the thread then ends by itself and nobody is called. */
void store_resolve_free(struct store_resolve *resolve);

#endif
