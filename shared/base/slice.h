/*
 * slice.h: bytes with a length, borrowed from somewhere. A slice never owns its bytes and is not
 * NUL-terminated; the owner must outlive it.
 */
#ifndef KP_BASE_SLICE_H
#define KP_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/compiler.h"

struct slice {
	const char *data;
	size_t len;
};

#define SLICE_LIT(s) ((struct slice){(s), sizeof(s) - 1})
#define SLICE_NONE   ((struct slice){NULL, 0})
/* For printf: "%.*s", SLICE_ARG(s) */
#define SLICE_ARG(s) (int)(s).len, (s).data

struct slice slice_of(const char *data, size_t len);
struct slice slice_from_str(const char *s); /* NULL gives SLICE_NONE */
bool slice_eq(struct slice a, struct slice b);
bool slice_eq_str(struct slice a, const char *b);
bool slice_eq_icase(struct slice a, struct slice b); /* ASCII letters only */
bool slice_has_prefix(struct slice s, struct slice prefix);
bool slice_has_suffix(struct slice s, struct slice suffix);
struct slice slice_from(struct slice s, size_t offset);     /* empty when offset >= len */
struct slice slice_trim(struct slice s, const char *chars); /* both ends */

/* Splits at the first `sep`: ret_head before it, ret_tail after it. False when there is none: ret_head is
 * then the whole slice and ret_tail empty. The outputs may alias `s`. */
bool slice_cut(struct slice s, char sep, struct slice *ret_head, struct slice *ret_tail);

/* Whole-slice decimal numbers: digits only (a leading '-' for i64), no blanks, no overflow; else false. */
bool slice_parse_u64(struct slice s, uint64_t *ret_value) MUST_CHECK;
bool slice_parse_u32(struct slice s, uint32_t max, uint32_t *ret_value) MUST_CHECK;
bool slice_parse_i64(struct slice s, int64_t *ret_value) MUST_CHECK;

/* Copies into a C string of `size` bytes. False when it does not fit or holds a NUL byte. */
bool slice_copy(struct slice s, char *dst, size_t size) MUST_CHECK;

#endif
