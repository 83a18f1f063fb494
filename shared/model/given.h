/*
 * given.h: a region and a time as people write them: the one reader of both, whichever call or file they come
 * in by. Pure.
 */
#ifndef KP_MODEL_GIVEN_H
#define KP_MODEL_GIVEN_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

/* "bac", "Bắc", "MIỀN BẮC", "Ngẫu nhiên" … as the records keep it: bac, trung, nam, random. SLICE_NONE for
 * another word. The text returned is static. */
struct slice given_region(struct slice text);

/*
 * An RFC 3339 time, as iso8601_parse(); or a date, 2026-12-31 or 31/12/2026 (also with - or . and single
 * digits). A date means the end of that day in Vietnam (23:59:59, UTC+7): what is paid until 31/12 works on
 * 31/12. Blanks around it are dropped.
 */
bool given_time(struct slice text, int64_t *ret_epoch_ms) MUST_CHECK;

#endif
