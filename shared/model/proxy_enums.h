/*
 * proxy_enums.h: the closed sets of words that proxy records, routes and settings are written with: one table
 * each, of name and text. The texts are what stands in Redis and in REST; a new word is one line here.
 */
#ifndef KP_MODEL_PROXY_ENUMS_H
#define KP_MODEL_PROXY_ENUMS_H

#include <stdbool.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

/* What a proxy is worth now, as its user sees it. */
#define PROXY_STATUSES(X)                                                                              \
	X(PENDING, "pending")             /* its first upstream has not come yet */                    \
	X(ACTIVE, "active")               /* works */                                                  \
	X(UNHEALTHY, "unhealthy")         /* two checks in a row failed */                             \
	X(NO_UPSTREAM, "no_upstream")     /* the upstream expired and nothing replaces it by itself */ \
	X(NO_STOCK, "no_stock")           /* the provider has none in that region */                   \
	X(KEY_INVALID, "key_invalid")     /* the provider does not know the key */                     \
	X(KEY_EXPIRED, "key_expired")     /* the key's subscription ended */                           \
	X(QUOTA_REACHED, "quota_reached") /* a limit of ours is used up */                             \
	X(PAUSED, "paused")               /* switched off by its user */

/* Where the proxy stands between two rotations. */
#define ROTATION_STATES(X)                                                          \
	X(IDLE, "idle")           /* may rotate now */                              \
	X(COOLDOWN, "cooldown")   /* the provider does not allow it yet */          \
	X(SCHEDULED, "scheduled") /* asked for; runs at the first allowed moment */ \
	X(ROTATING, "rotating")   /* a scheduler is at it */

/* When the clock rotates by itself. */
#define ROTATE_MODES(X)                                                       \
	X(INHERIT, "inherit")       /* as in the settings */                  \
	X(EXPIRATION, "expiration") /* shortly before the upstream expires */ \
	X(INTERVAL, "interval")     /* every rotate_interval_minutes */       \
	X(MANUAL, "manual")         /* never */

/* What becomes of tunnels that are still open on the old upstream. */
#define ON_ROTATES(X)                                                                               \
	X(DRAIN, "drain") /* idle ones close at once, busy ones when idle or after drain_seconds */ \
	X(CUT, "cut")     /* all close at once */                                                   \
	X(KEEP, "keep")   /* left alone */

/* Regions as the provider names them, with names for sentences in English and Vietnamese. */
#define REGIONS(X)                                    \
	X(BAC, "bac", "the North", "Miền Bắc")        \
	X(TRUNG, "trung", "the Centre", "Miền Trung") \
	X(NAM, "nam", "the South", "Miền Nam")        \
	X(RANDOM, "random", "any region", "khu vực ngẫu nhiên")

#define X(name, text) PROXY_##name,
enum proxy_status { PROXY_STATUSES(X) PROXY_STATUS_COUNT };
#undef X
#define X(name, text) ROTATION_##name,
enum rotation_state { ROTATION_STATES(X) ROTATION_STATE_COUNT };
#undef X
#define X(name, text) ROTATE_##name,
enum rotate_mode { ROTATE_MODES(X) ROTATE_MODE_COUNT };
#undef X
#define X(name, text) ON_ROTATE_##name,
enum on_rotate { ON_ROTATES(X) ON_ROTATE_COUNT };
#undef X
#define X(name, text, english, vietnamese) REGION_##name,
enum region { REGIONS(X) REGION_COUNT };
#undef X

const char *proxy_status_text(enum proxy_status status);
const char *rotation_state_text(enum rotation_state state);
const char *rotate_mode_text(enum rotate_mode mode);
const char *on_rotate_text(enum on_rotate on_rotate);
const char *region_text(enum region region);

bool proxy_status_parse(struct slice text, enum proxy_status *ret_status) MUST_CHECK;
bool rotation_state_parse(struct slice text, enum rotation_state *ret_state) MUST_CHECK;
bool rotate_mode_parse(struct slice text, enum rotate_mode *ret_mode) MUST_CHECK;
bool on_rotate_parse(struct slice text, enum on_rotate *ret_on_rotate) MUST_CHECK;
bool region_parse(struct slice text, enum region *ret_region) MUST_CHECK;

#endif
