/*
 * fuzz_input.h: what the fuzz targets share. The first byte of an input seeds how the rest is split.
 */
#ifndef KP_TEST_FUZZ_INPUT_H
#define KP_TEST_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/ensure.h"
#include "shared/base/slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where the next piece ends: 1-16 bytes further, pseudo-randomly. */
static inline size_t fuzz_next_cut(uint32_t *seed, size_t at, size_t size)
{
	*seed = *seed * 1664525 + 1013904223;
	size_t step = 1 + (*seed >> 24) % 16;
	return step < size - at ? at + step : size;
}

/* A copy of exactly these bytes on the heap: the sanitizer sees any read past it. Free its data. */
static inline struct slice fuzz_copy(const uint8_t *data, size_t size)
{
	char *copy = mem_alloc(size + (size == 0));

	if (size > 0)
		memcpy(copy, data, size);
	return slice_of(copy, size);
}

#endif
