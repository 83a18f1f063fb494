/*
 * raw_json.h: finds members' values in a JSON text without building anything, as slices of that text. For
 * values that must be handed on byte by byte. The text must have been accepted by json_parse(): this walks it
 * and checks only what keeps it inside the text.
 */
#ifndef KP_MODEL_RAW_JSON_H
#define KP_MODEL_RAW_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

struct raw_json {
	struct slice text; /* of an object or array */
	size_t at;         /* bytes walked */
};

struct raw_json raw_json_of(struct slice container);

/* The next member (ret_name without its quotes, still escaped) or element (ret_name empty), with its value's
 * exact extent; false at the end. */
bool raw_json_next(struct raw_json *walk, struct slice *ret_name, struct slice *ret_value) MUST_CHECK;

/* The value of the object's member `name`, which needs no escaping; false when it has none. */
bool raw_json_member(struct slice object, const char *name, struct slice *ret_value) MUST_CHECK;

#endif
