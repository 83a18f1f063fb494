/* Deadlines never fire early, at most a tick late, whatever the distance; timers may be touched while they
 * fire. */
#include "relay-node/timer_wheel.h"

#include "tests/unit/test.h"

enum { TURN_MS = TIMER_WHEEL_SLOTS * TIMER_WHEEL_TICK_MS };

struct fixture {
	struct timer_wheel wheel;
	struct timer timers[4];
	unsigned fired[4];
	uint64_t now_ms, fired_ms[4];
	void (*more)(struct fixture *f, unsigned i); /* what firing does besides */
};

static void on_fire(struct timer *timer, void *arg)
{
	struct fixture *f = arg;
	unsigned i = (unsigned)(timer - f->timers);

	f->fired[i]++;
	f->fired_ms[i] = f->now_ms;
	if (f->more)
		f->more(f, i);
}

static void start(struct fixture *f, uint64_t now_ms)
{
	*f = (struct fixture){.now_ms = now_ms};
	timer_wheel_init(&f->wheel, now_ms);
	for (unsigned i = 0; i < ARRAY_LEN(f->timers); i++)
		timer_init(&f->timers[i]);
}

static void advance(struct fixture *f, uint64_t now_ms)
{
	f->now_ms = now_ms;
	timer_wheel_advance(&f->wheel, now_ms, on_fire, f);
}

static void test_fires_once_in_its_tick(void **state)
{
	static const uint64_t delays_ms[] = {1, 63, 64, 65, 1000, TURN_MS - 1, TURN_MS, TURN_MS + 1, 600000};
	struct fixture f;

	(void)state;
	for (size_t d = 0; d < ARRAY_LEN(delays_ms); d++) {
		uint64_t now_ms = 123456789;

		start(&f, now_ms);
		timer_wheel_set(&f.wheel, &f.timers[0], now_ms + delays_ms[d]);
		for (uint64_t t = now_ms; t < now_ms + delays_ms[d]; t += 7) {
			advance(&f, t);
			assert_int_equal(f.fired[0], 0);
		}
		for (uint64_t t = 0; t <= TIMER_WHEEL_TICK_MS; t++)
			advance(&f, now_ms + delays_ms[d] + t);
		assert_int_equal(f.fired[0], 1);
		assert_int_equal(f.timers[0].deadline_ms, 0);
		advance(&f, now_ms + delays_ms[d] + 2 * TURN_MS);
		assert_int_equal(f.fired[0], 1);
	}
}

/* A loop that sleeps exactly as long as it is told meets every deadline within a tick. */
static void test_sleep_is_long_enough_and_not_too_long(void **state)
{
	struct fixture f;
	unsigned wakeups = 0;
	uint64_t now_ms = 5000;

	(void)state;
	start(&f, now_ms);
	assert_int_equal(timer_wheel_sleep_ms(&f.wheel, now_ms), -1);
	timer_wheel_set(&f.wheel, &f.timers[0], now_ms + 10);
	timer_wheel_set(&f.wheel, &f.timers[1], now_ms + 3000);
	timer_wheel_set(&f.wheel, &f.timers[2], now_ms + 3 * TURN_MS + 5);
	while (!f.fired[2]) {
		int sleep_ms = timer_wheel_sleep_ms(&f.wheel, now_ms);

		assert_true(sleep_ms >= 0);
		now_ms += (uint64_t)sleep_ms;
		advance(&f, now_ms);
		wakeups++;
	}
	assert_true(f.fired_ms[0] >= 5010 && f.fired_ms[0] <= 5010 + TIMER_WHEEL_TICK_MS);
	assert_true(f.fired_ms[1] >= 8000 && f.fired_ms[1] <= 8000 + TIMER_WHEEL_TICK_MS);
	assert_true(f.fired_ms[2] >= 5000 + 3 * TURN_MS + 5);
	assert_true(f.fired_ms[2] <= 5000 + 3 * TURN_MS + 5 + TIMER_WHEEL_TICK_MS);
	assert_true(wakeups < 10);
	assert_int_equal(timer_wheel_sleep_ms(&f.wheel, now_ms), -1);
}

static void test_set_moves_and_cancel_ends(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 1000);
	timer_wheel_set(&f.wheel, &f.timers[0], 1100);
	timer_wheel_set(&f.wheel, &f.timers[0], 5000);
	timer_wheel_set(&f.wheel, &f.timers[1], 1100);
	timer_wheel_cancel(&f.timers[1]);
	timer_wheel_cancel(&f.timers[1]);
	advance(&f, 4999);
	assert_int_equal(f.fired[0] + f.fired[1], 0);
	advance(&f, 5000 + TIMER_WHEEL_TICK_MS);
	assert_int_equal(f.fired[0], 1);
	assert_int_equal(f.fired[1], 0);
}

static void touch_others(struct fixture *f, unsigned i)
{
	if (i != 0 || f->fired[0] > 1)
		return;
	timer_wheel_cancel(&f->timers[1]);
	timer_wheel_set(&f->wheel, &f->timers[0], f->now_ms + 10); /* again */
	timer_wheel_set(&f->wheel, &f->timers[2], f->now_ms);      /* in the past: next tick */
}

static void test_timers_touched_while_firing(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 0);
	f.more = touch_others;
	timer_wheel_set(&f.wheel, &f.timers[0], 50);
	timer_wheel_set(&f.wheel, &f.timers[1], 50);
	timer_wheel_set(&f.wheel, &f.timers[2], 50);
	advance(&f, 64);
	assert_int_equal(f.fired[0], 1);
	assert_int_equal(f.fired[1], 0);
	assert_int_equal(f.fired[2], 0);
	advance(&f, 128);
	assert_int_equal(f.fired[0], 2);
	assert_int_equal(f.fired[1], 0);
	assert_int_equal(f.fired[2], 1);
}

static void test_a_long_stop_of_the_process(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 0);
	for (unsigned i = 0; i < 4; i++)
		timer_wheel_set(&f.wheel, &f.timers[i], 1 + i * (uint64_t)TURN_MS);
	advance(&f, 1000 * (uint64_t)TURN_MS);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(f.fired[i], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fires_once_in_its_tick),
		cmocka_unit_test(test_sleep_is_long_enough_and_not_too_long),
		cmocka_unit_test(test_set_moves_and_cancel_ends),
		cmocka_unit_test(test_timers_touched_while_firing),
		cmocka_unit_test(test_a_long_stop_of_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
