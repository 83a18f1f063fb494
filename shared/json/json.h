/*
 * json.h: strict reading of JSON (RFC 8259) from outside: users, Redis, the provider. Refused as a whole:
 * duplicate members, bytes behind the value, invalid UTF-8, NUL or lone surrogates in strings, too deep, too
 * long, numbers that are not finite. Writing is json_writer.h. What the members mean is the caller's
 * business.
 *
 * A value belongs to its root: slices and values live until json_free(root).
 */
#ifndef KP_JSON_JSON_H
#define KP_JSON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/slice.h"

struct json; /* a value; never defined */

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_limits {
	size_t max_bytes;   /* of the text */
	unsigned max_depth; /* of nested arrays and objects: `[]` has depth 1 */
};

/* limits NULL: 256 KiB, depth 32. The root (owned by the caller), or NULL with the reason and place in `err`.
 */
struct json *json_parse(struct slice text, const struct json_limits *limits, struct err *err) MUST_CHECK;
void json_free(struct json *root);

enum json_kind json_kind(const struct json *value);
const char *json_kind_text(enum json_kind kind); /* "a string", "a number", … for messages */

/* Walking. json_member: NULL when `object` is not an object or has no such member (names are case-sensitive).
 * json_first/json_next walk members or elements; json_name is SLICE_NONE for an element. */
const struct json *json_member(const struct json *object, const char *name);
const struct json *json_first(const struct json *value);
const struct json *json_next(const struct json *value);
struct slice json_name(const struct json *value);
size_t json_count(const struct json *value); /* members or elements; walks them */

/* A value by itself: false when it is of another kind. A number is an integer without fraction within ±2^53.
 */
bool json_str(const struct json *value, struct slice *ret) MUST_CHECK;
bool json_i64(const struct json *value, int64_t *ret) MUST_CHECK;
bool json_double(const struct json *value, double *ret) MUST_CHECK;
bool json_bool(const struct json *value, bool *ret) MUST_CHECK;

/* The text of a member; SLICE_NONE when it is absent or no text. For what we have written ourselves, where a
 * field that is not there is an empty one. */
struct slice json_str_of(const struct json *object, const char *name) MUST_CHECK;

/* A member that must be there; the error names it: `"region" must be a string, not a number`. */
bool json_get_str(const struct json *object, const char *name, struct slice *ret, struct err *err) MUST_CHECK;
bool json_get_i64(const struct json *object, const char *name, int64_t *ret, struct err *err) MUST_CHECK;
bool json_get_bool(const struct json *object, const char *name, bool *ret, struct err *err) MUST_CHECK;
bool json_get_array(
	const struct json *object, const char *name, const struct json **ret, struct err *err) MUST_CHECK;
bool json_get_object(
	const struct json *object, const char *name, const struct json **ret, struct err *err) MUST_CHECK;

/* A member that may be absent. Absent: true, *ret_present false, *ret untouched. An explicit null is a value
 * of the wrong kind: callers for whom null means something look at json_member() themselves. */
bool json_opt_str(const struct json *object, const char *name, struct slice *ret, bool *ret_present,
	struct err *err) MUST_CHECK;
bool json_opt_i64(const struct json *object, const char *name, int64_t *ret, bool *ret_present,
	struct err *err) MUST_CHECK;
bool json_opt_bool(const struct json *object, const char *name, bool *ret, bool *ret_present,
	struct err *err) MUST_CHECK;
bool json_opt_array(const struct json *object, const char *name, const struct json **ret, bool *ret_present,
	struct err *err) MUST_CHECK;
bool json_opt_object(const struct json *object, const char *name, const struct json **ret, bool *ret_present,
	struct err *err) MUST_CHECK;

/* False unless every member's name is in `names`: `unknown field "x"; known: a, b, c`. An answer to a client
 * is rather made by field_only_members(). */
bool json_only_members(
	const struct json *object, const char *const *names, size_t name_count, struct err *err) MUST_CHECK;

#endif
