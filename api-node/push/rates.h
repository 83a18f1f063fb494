/*
 * rates.h: what the endpoints carry now, summed up over the relays, as their messages on the channel `rates`
 * say. Pure: messages and time are passed in. A relay that falls silent is taken out with its share.
 */
#ifndef KP_API_PUSH_RATES_H
#define KP_API_PUSH_RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/list.h"
#include "shared/base/slice.h"

enum { RATES_SILENT_MS = 4000 }; /* a relay speaks once a second */

struct rate {
	uint64_t bytes_up_s, bytes_down_s, connections;
};

/* One endpoint, all relays together. */
struct rate_sum {
	uint64_t id;
	struct rate rate;
	bool changed; /* since rates_told() */
};

struct rates;

struct rates *rates_new(void) MUST_CHECK;
void rates_free(struct rates *rates); /* accepts NULL */
void rates_clear(struct rates *rates);

/* A relay's message. False with err when it cannot be read; then nothing of it has been taken. */
bool rates_message(struct rates *rates, struct slice json, uint64_t now_ms, struct err *err) MUST_CHECK;
void rates_expire(struct rates *rates, uint64_t now_ms);

struct rate rates_total(const struct rates *rates);
/* Every endpoint in use, or in use until lately. Start with *cursor = 0; NULL at the end. */
const struct rate_sum *rates_next(const struct rates *rates, size_t *cursor);
/* What has changed was told: nothing counts as changed any more, what is not in use is forgotten. */
void rates_told(struct rates *rates);

#endif
