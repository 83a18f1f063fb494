/* fleet_json.h: the fleet as REST (`GET /api/fleet`) and the frame `fleet` show it: nodes, who leads, what
 * waits, how Redis is. Pure: what store_fleet_read() answered → JSON. */
#ifndef KP_API_FLEET_JSON_H
#define KP_API_FLEET_JSON_H

#include "shared/base/compiler.h"
#include "shared/base/err.h"

struct json_writer;
struct store_result;

/* Writes the members into an object that the caller has begun. False with err when the answer cannot be read;
 * the object is then incomplete. */
bool fleet_write_members(
	struct json_writer *w, const struct store_result *result, struct err *err) MUST_CHECK;

#endif
