/* loop_fixture.h: a libevent loop for tests, run until a condition holds, or fail the test after ten seconds.
 */
#ifndef KP_TESTS_LOOP_FIXTURE_H
#define KP_TESTS_LOOP_FIXTURE_H

#include <event2/event.h>

#include "shared/base/clock.h"
#include "shared/loop/loop_libevent.h"

struct loop_fixture {
	struct event_base *base;
	struct loop *loop;
};

static inline void loop_fixture_init(struct loop_fixture *f)
{
	f->base = event_base_new();
	assert_non_null(f->base);
	f->loop = loop_libevent_new(f->base);
}

static inline void loop_fixture_done(struct loop_fixture *f)
{
	loop_libevent_free(f->loop);
	event_base_free(f->base);
}

/* One turn, at most a few milliseconds long. */
static inline void loop_fixture_turn(struct loop_fixture *f)
{
	struct timeval tv = {.tv_usec = 2000};

	event_base_loopexit(f->base, &tv);
	event_base_dispatch(f->base);
}

#define loop_until(f, cond)                                             \
	do {                                                            \
		uint64_t until_ms_ = clock_now_ms() + 10000;            \
		while (!(cond) && clock_now_ms() < until_ms_)           \
			loop_fixture_turn(f);                           \
		if (!(cond))                                            \
			print_error("waited in vain for: %s\n", #cond); \
		assert_true(cond);                                      \
	} while (0)

#endif
