/* proxy_reply.h: what the handlers of proxies share: who may see which, how one is shown, how a refusal of a
 * validator becomes an answer (of the store: store_refusal.h). */
#ifndef KP_API_HANDLERS_PROXY_REPLY_H
#define KP_API_HANDLERS_PROXY_REPLY_H

#include "api-node/handlers/store_refusal.h"
#include "api-node/records.h"
#include "api-node/request.h"
#include "shared/model/user.h"

struct field_err;

/* The record of {id} if the caller may do `action` to it; else NULL after the answer was sent: 404 when it
 * does not exist or must not be known to the caller, 403 when it may be seen but not that. */
const struct record *proxy_of_request(struct request *req, enum user_action action) MUST_CHECK;

/* The proxy, and `version` of the change that made it so. */
void proxy_reply(struct request *req, unsigned status, const struct record *record, struct slice version);

/* The same where our copy does not have the proxy (yet): its id and the version. */
void proxy_reply_unseen(struct request *req, unsigned status, struct slice version);

/* 422 (or 400 for a wrong type or unknown field) with the field. */
void field_reply(struct request *req, const struct field_err *err);

/* The caller as the history names it (actor.h). Valid as long as the request. */
struct slice actor_of(struct request *req);

#endif
