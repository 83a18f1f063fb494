/* test_list.c: order, removal while walking, and that removing twice is harmless. */
#include "shared/base/list.h"

#include "tests/unit/test.h"

struct item {
	int value;
	struct list node;
};

static void test_order_and_pop(void **state)
{
	struct item items[3] = {{.value = 1}, {.value = 2}, {.value = 3}};
	struct list head;
	int expect = 1;

	(void)state;
	list_init(&head);
	assert_true(list_empty(&head));
	assert_null(list_pop(&head));
	for (size_t i = 0; i < 3; i++)
		list_append(&head, &items[i].node);
	list_each (it, &head)
		assert_int_equal(list_entry(it, struct item, node)->value, expect++);
	assert_int_equal(expect, 4);
	assert_ptr_equal(list_pop(&head), &items[0].node);
	list_remove(&items[2].node);
	list_remove(&items[2].node);
	assert_ptr_equal(list_pop(&head), &items[1].node);
	assert_true(list_empty(&head));
}

static void test_remove_while_walking(void **state)
{
	struct item items[4] = {{.value = 0}, {.value = 1}, {.value = 2}, {.value = 3}};
	struct list head;
	int seen = 0;

	(void)state;
	list_init(&head);
	for (size_t i = 0; i < 4; i++)
		list_append(&head, &items[i].node);
	list_each (it, &head) {
		seen++;
		if (list_entry(it, struct item, node)->value % 2 == 0)
			list_remove(it);
	}
	assert_int_equal(seen, 4);
	assert_ptr_equal(list_pop(&head), &items[1].node);
	assert_ptr_equal(list_pop(&head), &items[3].node);
	assert_true(list_empty(&head));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_pop),
		cmocka_unit_test(test_remove_while_walking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
