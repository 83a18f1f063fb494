/* link_url.h: the address of a proxy's change-IP link, as people paste it into their tools. */
#ifndef KP_API_LINK_URL_H
#define KP_API_LINK_URL_H

#include <stdbool.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/slice.h"

struct api;
struct proxy;

/* Appends "<first of PUBLIC_URLS>/r/<token>"; without PUBLIC_URLS the path alone: we do not know our names.
 */
void link_url(const struct api *api, struct slice token, struct buf *out);

/* Appends the URL of the link that the record holds; nothing when it has none. False when it cannot be
 * opened. */
bool link_url_of_proxy(
	const struct api *api, const struct proxy *proxy, struct buf *out, struct err *err) MUST_CHECK;

/* What the token is sealed with in the record: "proxy:<id>:link_token". */
void link_token_aad(uint64_t proxy_id, struct buf *out);

#endif
