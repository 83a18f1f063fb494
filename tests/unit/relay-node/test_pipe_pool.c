/* Pipes are lent while they hold bytes; bytes of one connection never reach another. */
#include "relay-node/pipe_pool.h"

#include <unistd.h>

#include "tests/unit/test.h"

static void test_an_empty_pipe_is_used_again(void **state)
{
	struct pipe_pool pool;
	struct pipe_pair *one, *two;

	(void)state;
	pipe_pool_init(&pool);
	one = pipe_borrow(&pool);
	assert_non_null(one);
	assert_int_equal(pool.borrowed, 1);
	pipe_return(&pool, one);
	two = pipe_borrow(&pool);
	assert_ptr_equal(one, two);
	pipe_return(&pool, two);
	pipe_return(&pool, NULL);
	assert_int_equal(pool.borrowed, 0);
	pipe_pool_done(&pool);
}

static void test_a_pipe_with_bytes_is_closed(void **state)
{
	struct pipe_pool pool;
	struct pipe_pair *pipe;
	int fd;
	char byte;

	(void)state;
	pipe_pool_init(&pool);
	pipe = pipe_borrow(&pool);
	assert_non_null(pipe);
	assert_int_equal(write(pipe->write_fd, "secret", 6), 6);
	pipe->held_bytes = 6;
	fd = pipe->read_fd;
	pipe_return(&pool, pipe);
	assert_int_equal(pool.spare_count, 0);
	assert_int_equal(read(fd, &byte, 1), -1); /* closed */
	pipe = pipe_borrow(&pool);
	assert_non_null(pipe);
	assert_int_equal(pipe->held_bytes, 0);
	assert_int_equal(read(pipe->read_fd, &byte, 1), -1); /* empty, non-blocking */
	pipe_return(&pool, pipe);
	pipe_pool_done(&pool);
}

static void test_spares_are_bounded(void **state)
{
	enum { MANY = 200 };
	struct pipe_pool pool;
	struct pipe_pair *pipes[MANY];

	(void)state;
	pipe_pool_init(&pool);
	for (unsigned i = 0; i < MANY; i++) {
		pipes[i] = pipe_borrow(&pool);
		assert_non_null(pipes[i]);
	}
	for (unsigned i = 0; i < MANY; i++)
		pipe_return(&pool, pipes[i]);
	assert_true(pool.spare_count < MANY);
	pipe_pool_done(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_pipe_is_used_again),
		cmocka_unit_test(test_a_pipe_with_bytes_is_closed),
		cmocka_unit_test(test_spares_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
