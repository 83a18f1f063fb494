/*
 * proxy_json.h: a proxy as REST and the WebSocket show it. Pure: unsealing, masking and the decision who may
 * see the password are done by the caller and handed in. Fields that only scripts need are not shown.
 */
#ifndef KP_MODEL_PROXY_JSON_H
#define KP_MODEL_PROXY_JSON_H

#include <stdint.h>

#include "shared/base/slice.h"
#include "shared/model/endpoint.h"
#include "shared/model/proxy.h"

struct json_writer;

struct proxy_view {
	const struct proxy *proxy;
	const struct public_access *access;
	struct slice masked_key;  /* mask_key() of the unsealed key; "" for a static upstream */
	struct slice password;    /* unsealed; SLICE_NONE (data NULL): this reader may not see it */
	struct slice rotate_link; /* its change-IP link; "" = it has none, or this reader may not see it */
	int64_t now_ms;           /* Redis' clock: tells idle from cooldown */
};

/* One object. */
void proxy_view_write(struct json_writer *w, const struct proxy_view *view);
/* From when on the same record is shown otherwise, because time has passed since now_ms; INT64_MAX: never. */
int64_t proxy_view_until_ms(const struct proxy *proxy, int64_t now_ms);
/* The members only, inside an object that the caller began: for answers that add their own. */
void proxy_view_write_members(struct json_writer *w, const struct proxy_view *view);

#endif
