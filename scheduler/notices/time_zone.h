/* time_zone.h: TIMEZONE: the zone in which notices tell times, and in which days begin. */
#ifndef KP_SCHEDULER_NOTICES_TIME_ZONE_H
#define KP_SCHEDULER_NOTICES_TIME_ZONE_H

#include "shared/base/compiler.h"
#include "shared/base/err.h"

#define TIME_ZONE_DEFAULT "Asia/Ho_Chi_Minh"

/* Makes it the zone of the process. Once, at start, before any thread: localtime_r() reads what this sets.
 * False when the system does not know the zone. */
bool time_zone_use(const char *name, struct err *err) MUST_CHECK;

#endif
