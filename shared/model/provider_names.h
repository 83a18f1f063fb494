/*
 * provider_names.h: the providers that a record's `provider` may name: one table of name and whether the
 * provider sells upstreams over an API (or is just the word for a fixed one). How each is talked to is the
 * scheduler's (scheduler/providers); a unit test there holds the two tables together.
 */
#ifndef KP_MODEL_PROVIDER_NAMES_H
#define KP_MODEL_PROVIDER_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/slice.h"

#define PROVIDER_DEFAULT    "kiotproxy" /* when nothing is said */
#define PROVIDER_FIXED_NAME "static"

/* text, SOLD or TYPED_IN */
#define PROVIDER_NAMES(X)    \
	X("kiotproxy", SOLD) \
	X("tmproxy", SOLD)   \
	X("wwproxy", SOLD)   \
	X("proxyxoay", SOLD) \
	X("netproxy", SOLD)  \
	X(PROVIDER_FIXED_NAME, TYPED_IN)

const char *provider_name_at(size_t i); /* NULL behind the last */
bool provider_name_known(struct slice name);
bool provider_name_sold(struct slice name); /* known, and has an API and keys */
const char *provider_names_list(void);      /* "kiotproxy, …, static", for messages */

#endif
