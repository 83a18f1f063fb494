/*
 * natural.h: the order in which people expect names that end in numbers: proxy2 before proxy10. Bytes apart
 * from that; for letters without case and marks compare folded texts (fold.h).
 */
#ifndef KP_BASE_NATURAL_H
#define KP_BASE_NATURAL_H

#include "shared/base/slice.h"

/* Below, above or equal to 0. Runs of digits, of any length, compare by their value: 7 and 007 are equal. */
int natural_compare(struct slice a, struct slice b);

#endif
