/* test_loop_libevent.c: what loop.h promises, on libevent: interest, one-shot timers, freeing inside
 * callbacks. */
#include "shared/loop/loop_libevent.h"

#include <fcntl.h>
#include <unistd.h>

#include <event2/event.h>

#include "shared/base/clock.h"
#include "tests/unit/test.h"

struct fixture {
	struct event_base *base;
	struct loop *loop;
	int fds[2];
	struct loop_io *io;
	struct loop_timer *timer;
	unsigned events;
	int calls;
};

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){.base = event_base_new()};
	f.loop = loop_libevent_new(f.base);
	*state = &f;
	return pipe2(f.fds, O_NONBLOCK | O_CLOEXEC);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	loop_io_free(f->loop, f->io);
	loop_timer_free(f->loop, f->timer);
	close(f->fds[0]);
	close(f->fds[1]);
	loop_libevent_free(f->loop);
	loop_libevent_free(NULL);
	event_base_free(f->base);
	return 0;
}

static void turn(struct fixture *f)
{
	event_base_loop(f->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static void count(int fd, unsigned events, void *arg)
{
	struct fixture *f = arg;

	(void)fd;
	f->events = events;
	f->calls++;
}

static void test_interest(void **state)
{
	struct fixture *f = *state;

	f->io = loop_io_new(f->loop, f->fds[0], count, f);
	assert_int_equal(write(f->fds[1], "x", 1), 1);
	turn(f);
	assert_int_equal(f->calls, 0); /* at first for nothing */
	loop_io_want(f->loop, f->io, LOOP_READ);
	turn(f);
	turn(f);
	assert_int_equal(f->calls, 2); /* level-triggered: still readable */
	assert_int_equal(f->events, LOOP_READ);
	loop_io_want(f->loop, f->io, 0);
	turn(f);
	assert_int_equal(f->calls, 2);
	loop_io_free(f->loop, f->io);
	f->io = loop_io_new(f->loop, f->fds[1], count, f);
	loop_io_want(f->loop, f->io, LOOP_WRITE);
	turn(f);
	assert_int_equal(f->calls, 3);
	assert_int_equal(f->events, LOOP_WRITE);
}

static void free_in_callback(int fd, unsigned events, void *arg)
{
	struct fixture *f = arg;

	count(fd, events, arg);
	loop_io_free(f->loop, f->io);
	f->io = NULL;
}

static void rewant_in_callback(int fd, unsigned events, void *arg)
{
	struct fixture *f = arg;

	count(fd, events, arg);
	loop_io_want(f->loop, f->io, 0);
}

static void test_changes_inside_callback(void **state)
{
	struct fixture *f = *state;

	f->io = loop_io_new(f->loop, f->fds[1], rewant_in_callback, f);
	loop_io_want(f->loop, f->io, LOOP_WRITE);
	for (int i = 0; i < 3; i++)
		turn(f);
	assert_int_equal(f->calls, 1);
	loop_io_want(f->loop, f->io, LOOP_WRITE);
	turn(f);
	assert_int_equal(f->calls, 2);
	loop_io_free(f->loop, f->io);
	f->io = loop_io_new(f->loop, f->fds[1], free_in_callback, f);
	loop_io_want(f->loop, f->io, LOOP_WRITE);
	for (int i = 0; i < 3; i++)
		turn(f);
	assert_int_equal(f->calls, 3);
}

static void on_timer(void *arg)
{
	((struct fixture *)arg)->calls++;
}

static void on_timer_free(void *arg)
{
	struct fixture *f = arg;

	f->calls++;
	loop_timer_free(f->loop, f->timer);
	f->timer = NULL;
}

static void test_timers(void **state)
{
	struct fixture *f = *state;

	f->timer = loop_timer_new(f->loop, on_timer, f);
	loop_timer_start(f->loop, f->timer, 100000);
	loop_timer_start(f->loop, f->timer, 5); /* moves it */
	uint64_t start_ms = clock_now_ms();
	event_base_loop(f->base, 0);   /* ends when nothing is left to wait for */
	assert_int_equal(f->calls, 1); /* one-shot */
	assert_in_range(clock_now_ms() - start_ms, 4, 50000);
	loop_timer_start(f->loop, f->timer, 0);
	loop_timer_stop(f->loop, f->timer);
	event_base_loop(f->base, 0);
	assert_int_equal(f->calls, 1);
	loop_timer_free(f->loop, f->timer);
	f->timer = loop_timer_new(f->loop, on_timer_free, f);
	loop_timer_start(f->loop, f->timer, 0);
	event_base_loop(f->base, 0);
	assert_int_equal(f->calls, 2);
	loop_timer_stop(f->loop, NULL);
	loop_timer_free(f->loop, NULL);
	loop_io_free(f->loop, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_interest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changes_inside_callback, setup, teardown),
		cmocka_unit_test_setup_teardown(test_timers, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
