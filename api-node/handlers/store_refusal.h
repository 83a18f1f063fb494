/* store_refusal.h: what the store's refusals mean to a client, whether it asked for one thing or for many. */
#ifndef KP_API_HANDLERS_STORE_REFUSAL_H
#define KP_API_HANDLERS_STORE_REFUSAL_H

#include <stdint.h>

#include "shared/base/buf.h"

struct request;
struct store_result;

struct refusal {
	unsigned status;        /* HTTP */
	const char *message_id; /* static */
	const char *detail;     /* static; NULL: the message's own text, with the params */
	struct buf params;      /* owned; a JSON object, empty: none */
	uint64_t retry_in_ms;   /* 0: waiting does not help */
};

/* Of every status that is not success. `ret` is the caller's to give to refusal_done. */
void refusal_read(const struct request *req, const struct store_result *result, struct refusal *ret);
void refusal_done(struct refusal *refusal);

/* The whole request is answered with it. */
void store_refusal_reply(struct request *req, const struct store_result *result);

#endif
