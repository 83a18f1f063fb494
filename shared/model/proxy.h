/*
 * proxy.h: a proxy's record as api-nodes and schedulers hold it: parsed once, never changed, replaced whole.
 * Secrets in it stay sealed. It does not judge a record's meaning and does no I/O; what users may write is
 * checked by validate.h, how REST shows it is proxy_json.h.
 */
#ifndef KP_MODEL_PROXY_H
#define KP_MODEL_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/slice.h"
#include "shared/model/proxy_enums.h"

#define PROXY_C_STR            struct slice
#define PROXY_C_INT            int64_t
#define PROXY_C_BOOL           bool
#define PROXY_C_ARRAY          struct slice
#define PROXY_C_OBJECT         struct slice
#define PROXY_C_ERROR          struct slice
#define PROXY_C_STATUS         enum proxy_status
#define PROXY_C_ROTATE_MODE    enum rotate_mode
#define PROXY_C_ROTATION_STATE enum rotation_state
#define PROXY_C_ON_ROTATE      enum on_rotate

struct proxy {
#define PROXY_FIELD(name, type) PROXY_C_##type name;
#include "shared/model/proxy_fields.h"
#undef PROXY_FIELD
	size_t text_bytes; /* of the texts behind the struct, for memory accounting */
};

/* Reads a record: a JSON object whose members are strings. Unknown members are ignored, absent ones are
 * empty; a member that is not a string or does not fit its field's type, or a missing id, refuses the record
 * whole. One allocation (struct and texts), owned by the caller; NULL with err. */
struct proxy *proxy_from_record(struct slice json, struct err *err) MUST_CHECK;
void proxy_free(struct proxy *proxy);

/* rotation_state as of now_ms (Redis' clock): no script runs when a cooldown ends, so idle and cooldown are
 * told apart here, by next_request_at. */
enum rotation_state proxy_rotation_state(const struct proxy *proxy, int64_t now_ms);

#endif
