/* test_loop_lws.c: what loop.h promises, on libwebsockets: interest, one-shot timers, freeing inside
 * callbacks. */
#include "api-node/server.h"

#include <fcntl.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "tests/unit/test.h"

struct fixture {
	struct server *server;
	struct loop *loop;
	int fds[2];
	struct loop_io *io;
	struct loop_timer *timer;
	unsigned events;
	int calls;
	bool over;
};

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){.server = server_new(NULL)};
	f.loop = server_loop(f.server);
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
	server_free(f->server);
	server_free(NULL);
	return 0;
}

static void on_turn_over(void *arg)
{
	struct fixture *f = arg;

	f->over = true;
	server_wake(f->server); /* a turn runs timers first, and then waits */
}

/* Enough turns that what is due happens: until a timer of our own has run. */
static void turn(struct fixture *f)
{
	struct loop_timer *timer = loop_timer_new(f->loop, on_turn_over, f);

	f->over = false;
	loop_timer_start(f->loop, timer, 2);
	while (!f->over)
		assert_true(server_turn(f->server));
	loop_timer_free(f->loop, timer);
}

static void turn_until_called(struct fixture *f, int calls)
{
	while (f->calls < calls)
		assert_true(server_turn(f->server));
}

static void count(int fd, unsigned events, void *arg)
{
	struct fixture *f = arg;

	(void)fd;
	f->events = events;
	f->calls++;
	server_wake(f->server);
}

static void test_interest(void **state)
{
	struct fixture *f = *state;

	f->io = loop_io_new(f->loop, f->fds[0], count, f);
	assert_int_equal(write(f->fds[1], "x", 1), 1);
	turn(f);
	assert_int_equal(f->calls, 0); /* at first for nothing */
	loop_io_want(f->loop, f->io, LOOP_READ);
	turn_until_called(f, 2); /* level-triggered: still readable */
	assert_int_equal(f->events, LOOP_READ);
	loop_io_want(f->loop, f->io, 0);
	int before = f->calls;
	turn(f);
	assert_int_equal(f->calls, before);
	loop_io_free(f->loop, f->io);
	f->io = loop_io_new(f->loop, f->fds[1], count, f);
	loop_io_want(f->loop, f->io, LOOP_WRITE);
	turn_until_called(f, before + 2); /* asked for again by itself, while it is wanted */
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
	struct fixture *f = arg;

	f->calls++;
	server_wake(f->server);
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
	turn_until_called(f, 1);
	turn(f);
	assert_int_equal(f->calls, 1); /* one-shot */
	assert_in_range(clock_now_ms() - start_ms, 4, 50000);
	loop_timer_start(f->loop, f->timer, 0);
	loop_timer_stop(f->loop, f->timer);
	turn(f);
	assert_int_equal(f->calls, 1);
	loop_timer_free(f->loop, f->timer);
	f->timer = loop_timer_new(f->loop, on_timer_free, f);
	loop_timer_start(f->loop, f->timer, 0);
	turn(f);
	assert_int_equal(f->calls, 2);
	loop_timer_stop(f->loop, NULL);
	loop_timer_free(f->loop, NULL);
	loop_io_free(f->loop, NULL);
}

/* The peer goes while nobody is interested: told as soon as somebody is. */
static void test_hang_up_is_not_lost(void **state)
{
	struct fixture *f = *state;

	f->io = loop_io_new(f->loop, f->fds[0], count, f);
	close(f->fds[1]);
	f->fds[1] = -1;
	turn(f);
	assert_int_equal(f->calls, 0);
	loop_io_want(f->loop, f->io, LOOP_READ);
	turn_until_called(f, 1);
	assert_true(f->events & LOOP_READ);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_interest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changes_inside_callback, setup, teardown),
		cmocka_unit_test_setup_teardown(test_timers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hang_up_is_not_lost, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
