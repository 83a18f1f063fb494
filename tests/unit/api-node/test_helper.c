/* test_helper.c: one piece of work beside the loop at a time; its end is told on the loop, or not at all. */
#include "api-node/helper.h"

#include <pthread.h>

#include <event2/event.h>

#include "shared/loop/loop_libevent.h"
#include "tests/unit/test.h"

struct task {
	struct event_base *base;
	struct helper *helper;
	pthread_t worked_on, told_on;
	int worked, told, wanted;
};

static void work(void *arg)
{
	struct task *task = arg;

	task->worked_on = pthread_self();
	task->worked++;
}

static void on_done(void *arg)
{
	struct task *task = arg;

	task->told_on = pthread_self();
	task->told++;
	if (task->told < task->wanted)
		assert_true(helper_run(task->helper, work, on_done, task)); /* it is idle when it tells */
	else
		event_base_loopbreak(task->base);
}

static void one_at_a_time(void **state)
{
	struct task task = {.base = event_base_new(), .wanted = 3};
	struct loop *loop = loop_libevent_new(task.base);
	struct err err = {0};

	(void)state;
	task.helper = helper_new(loop, &err);
	assert_non_null(task.helper);
	assert_true(helper_run(task.helper, work, on_done, &task));
	assert_false(helper_run(task.helper, work, on_done, &task)); /* until the loop has been told */
	event_base_dispatch(task.base);
	assert_int_equal(task.worked, 3);
	assert_int_equal(task.told, 3);
	assert_true(pthread_equal(task.told_on, pthread_self()));
	assert_false(pthread_equal(task.worked_on, pthread_self()));
	helper_free(task.helper);
	loop_libevent_free(loop);
	event_base_free(task.base);
}

static void the_end_of_what_is_at_hand_is_not_told(void **state)
{
	struct task task = {.base = event_base_new()};
	struct loop *loop = loop_libevent_new(task.base);
	struct err err = {0};

	(void)state;
	for (int i = 0; i < 50; i++) { /* asked, at work, or finished: whatever it is in then */
		task.helper = helper_new(loop, &err);
		assert_non_null(task.helper);
		assert_true(helper_run(task.helper, work, on_done, &task));
		helper_free(task.helper);
	}
	helper_free(NULL);
	assert_int_equal(task.told, 0);
	loop_libevent_free(loop);
	event_base_free(task.base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_at_a_time),
		cmocka_unit_test(the_end_of_what_is_at_hand_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
