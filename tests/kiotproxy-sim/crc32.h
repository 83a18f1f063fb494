/* crc32.h: the CRC-32 of zlib, so that a test can compare a body too large to be echoed. */
#ifndef KP_SIM_CRC32_H
#define KP_SIM_CRC32_H

#include <stdint.h>

#include "shared/base/slice.h"

/* Continues `crc` (0 at the start) over `data`. */
uint32_t crc32_update(uint32_t crc, struct slice data);

#endif
