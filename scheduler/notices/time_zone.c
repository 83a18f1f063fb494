/* time_zone.c: see time_zone.h. */
#include "scheduler/notices/time_zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BYTES = 256 };

/* The names that the zone files have: no way out of their folder. */
static bool is_zone_name(const char *name)
{
	return *name && *name != '/' && !strstr(name, "..") &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/")] ==
		       '\0';
}

bool time_zone_use(const char *name, struct err *err)
{
	const char *folder = getenv("TZDIR");
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/%s", folder ? folder : "/usr/share/zoneinfo", name);
	if (!is_zone_name(name) || access(path, R_OK) != 0) {
		/* The default must work where no zone files are installed: Vietnam knows no summer time. */
		if (strcmp(name, TIME_ZONE_DEFAULT) != 0)
			return err_set(err, ERR_INVALID,
				"TIMEZONE=%.60s: is no time zone such as Europe/Paris; is the package tzdata "
				"installed?",
				name);
		name = "<+07>-7";
	}
	/* An error of setenv() or tzset() would leave UTC; neither has one but for want of memory. */
	if (setenv("TZ", name, 1) != 0)
		return err_set(err, ERR_SYSTEM, "TIMEZONE: out of memory");
	tzset();
	return true;
}
