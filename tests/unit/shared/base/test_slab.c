/* test_slab.c: objects are zeroed, aligned, distinct, and used again. */
#include "shared/base/slab.h"

#include <string.h>

#include "tests/unit/test.h"

enum { OBJECTS = 100, OBJECT_BYTES = 33 };

static void test_get_and_put(void **state)
{
	unsigned char *objects[OBJECTS];
	struct slab slab;

	(void)state;
	slab_init(&slab, OBJECT_BYTES, 8);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < OBJECTS; i++) {
			objects[i] = slab_get(&slab);
			assert_non_null(objects[i]);
			assert_int_equal((uintptr_t)objects[i] % _Alignof(max_align_t), 0);
			for (size_t k = 0; k < OBJECT_BYTES; k++)
				assert_int_equal(objects[i][k], 0);
			memset(objects[i], (int)i + 1, OBJECT_BYTES);
		}
		assert_int_equal(slab.live, OBJECTS);
		for (size_t i = 0; i < OBJECTS; i++) { /* nobody wrote into another's bytes */
			for (size_t k = 0; k < OBJECT_BYTES; k++)
				assert_int_equal(objects[i][k], i + 1);
			slab_put(&slab, objects[i]);
		}
		assert_int_equal(slab.live, 0);
	}
	slab_put(&slab, NULL);
	slab_done(&slab);
	slab_done(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_get_and_put)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
