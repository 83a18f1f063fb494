/* test_failpoint.c: delay, stop and kill happen at their own name only. Children die in the parent's place.
 */
#include "shared/base/failpoint.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "tests/unit/test.h"

static void test_delay(void **state)
{
	(void)state;
	setenv("KP_FAILPOINT", "other:kill,here:delay:30", 1);
	uint64_t start_ms = clock_now_ms();
	failpoint("here");
	assert_true(clock_now_ms() - start_ms >= 29);
	failpoint("her");
	failpoint("here2");
	unsetenv("KP_FAILPOINT");
	failpoint("other");
}

static void test_kill(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		setenv("KP_FAILPOINT", "commit:kill", 1);
		failpoint("commit");
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void test_stop(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		setenv("KP_FAILPOINT", "commit:stop", 1);
		failpoint("commit");
		_exit(7);
	}
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	kill(pid, SIGCONT);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delay),
		cmocka_unit_test(test_kill),
		cmocka_unit_test(test_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
