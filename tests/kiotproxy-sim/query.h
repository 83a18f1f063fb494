/* query.h: the query string of a URL, percent-decoded. */
#ifndef KP_SIM_QUERY_H
#define KP_SIM_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

/* Takes the next `name=value` off *rest and decodes the value into `dst`, of `size` bytes with the NUL. False
 * at the end, or when broken: *rest is then not empty. */
bool query_next(struct slice *rest, struct slice *ret_name, char *dst, size_t size) MUST_CHECK;
/* Percent-decodes; '+' stays itself unless `plus` is ' '. False when broken, too long or holding a NUL. */
bool percent_decode(struct slice s, char plus, char *dst, size_t size) MUST_CHECK;

#endif
