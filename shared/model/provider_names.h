/*
 * provider_names.h: the providers that a record's `provider` may name: one table of name, whether the
 * provider sells upstreams over an API (or is just the word for a fixed one), and how sentences call it. How
 * each is talked to is the scheduler's (scheduler/providers); a unit test there holds the two tables
 * together.
 */
#ifndef KP_MODEL_PROVIDER_NAMES_H
#define KP_MODEL_PROVIDER_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/slice.h"

#define PROVIDER_DEFAULT    "kiotproxy" /* when nothing is said */
#define PROVIDER_FIXED_NAME "static"

/* text, SOLD or TYPED_IN, in a sentence */
#define PROVIDER_NAMES(X)                 \
	X("kiotproxy", SOLD, "KiotProxy") \
	X("tmproxy", SOLD, "TMProxy")     \
	X("wwproxy", SOLD, "WWProxy")     \
	X("proxyxoay", SOLD, "ProxyXoay") \
	X("netproxy", SOLD, "NetProxy")   \
	X(PROVIDER_FIXED_NAME, TYPED_IN, "static")

const char *provider_name_at(size_t i); /* NULL behind the last */
bool provider_name_known(struct slice name);
bool provider_name_sold(struct slice name); /* known, and has an API and keys */
const char *provider_names_list(void);      /* "kiotproxy, …, static", for messages */
const char *provider_names_sold_list(void); /* those with keys only */
/* How sentences call it: "TMProxy". The default's for an empty name, the name itself for one we do not know.
 */
struct slice provider_title(struct slice name);

#endif
