/* failpoint.c: see failpoint.h. Reads the environment at each call: failpoints are few and only in test
 * builds. */
#include "shared/base/failpoint.h"

#ifdef KP_FAILPOINTS
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "shared/base/log.h"
#include "shared/base/slice.h"

static void act(struct slice action)
{
	struct slice verb, argument;
	uint32_t delay_ms = 1000;

	slice_cut(action, ':', &verb, &argument);
	if (slice_eq_str(verb, "kill"))
		kill(getpid(), SIGKILL);
	else if (slice_eq_str(verb, "stop"))
		kill(getpid(), SIGSTOP);
	else if (slice_eq_str(verb, "delay")) {
		if (argument.len > 0 && !slice_parse_u32(argument, 600000, &delay_ms))
			log_warning("failpoint delay is not a number of ms, using 1000");
		struct timespec ts = {
			.tv_sec = delay_ms / 1000, .tv_nsec = (long)(delay_ms % 1000) * 1000000};
		nanosleep(&ts, NULL);
	}
}

void failpoint(const char *name)
{
	struct slice rest = slice_from_str(getenv("KP_FAILPOINT"));

	while (rest.len > 0) {
		struct slice item, item_name, action;
		slice_cut(rest, ',', &item, &rest);
		slice_cut(item, ':', &item_name, &action);
		if (!slice_eq_str(item_name, name))
			continue;
		log_notice("failpoint reached", log_str("name", name));
		act(action);
	}
}
#else
typedef int failpoint_unused; /* ISO C wants a declaration in every file */
#endif
