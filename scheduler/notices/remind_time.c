/* remind_time.c: see remind_time.h. Days are counted by mktime(): one of 23 or 25 hours is a day as well. */
#include "scheduler/notices/remind_time.h"

#include <time.h>

#include "shared/base/ensure.h"

enum { REMIND_HOUR = 9 };

int64_t remind_until_ms(int64_t now_ms)
{
	time_t now = (time_t)(now_ms / 1000);
	struct tm day;

	ensure(localtime_r(&now, &day));
	if (day.tm_hour >= REMIND_HOUR)
		day.tm_mday++;
	day.tm_hour = day.tm_min = day.tm_sec = 0;
	day.tm_isdst = -1;
	return (int64_t)mktime(&day) * 1000;
}
