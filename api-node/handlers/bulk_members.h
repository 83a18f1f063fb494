/* bulk_members.h: reads the members that an action of POST /api/proxies/bulk has. False with the field. */
#ifndef KP_API_HANDLERS_BULK_MEMBERS_H
#define KP_API_HANDLERS_BULK_MEMBERS_H

#include <stdbool.h>

#include "shared/base/compiler.h"

struct bulk_call;
struct field_err;
struct json;

typedef bool bulk_take_fn(struct bulk_call *call, const struct json *body, struct field_err *err);

bulk_take_fn take_rotate; /* region?, when? */
bulk_take_fn take_pause;  /* none: is_active becomes 0 */
bulk_take_fn take_resume;
bulk_take_fn take_delete;  /* release? */
bulk_take_fn take_tag;     /* add?, remove?: at least one */
bulk_take_fn take_set;     /* fields?, regenerate_password?: at least one */
bulk_take_fn take_assign;  /* user_id */
bulk_take_fn take_renewed; /* days or paid_until; neither: each one's plan_days */

#endif
