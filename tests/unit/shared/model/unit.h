/* unit.h: what every unit test of this folder includes, in the order that cmocka wants. */
#ifndef KP_TESTS_MODEL_UNIT_H
#define KP_TESTS_MODEL_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shared/base/slice.h"

static inline struct slice s(const char *text)
{
	return slice_from_str(text);
}

/* Fails with both texts shown. */
#define assert_slice(value, expected)                                                             \
	do {                                                                                      \
		struct slice slice_value = (value);                                               \
		char *shown = strndup(slice_value.data ? slice_value.data : "", slice_value.len); \
		assert_string_equal(shown, expected);                                             \
		free(shown);                                                                      \
	} while (0)

#endif
