/* test_hash_map.c: the map against a model (an array of the same keys) under random operations. */
#include "shared/base/hash_map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

enum { MODEL_KEYS = 700, MODEL_STEPS = 200000, VALUES_PER_KEY = 2 };

struct entry {
	char key[16];
	bool seen;
};

struct model {
	struct entry entries[MODEL_KEYS][VALUES_PER_KEY];
	struct entry *live[MODEL_KEYS];
	size_t len;
};

static void check_all(const struct hash_map *map, struct model *model)
{
	size_t cursor = 0, count = 0;
	struct entry *entry;

	assert_int_equal(map->len, model->len);
	while ((entry = hash_map_next(map, &cursor))) {
		assert_false(entry->seen);
		entry->seen = true;
		count++;
	}
	assert_int_equal(count, model->len);
	for (size_t i = 0; i < MODEL_KEYS; i++) {
		struct slice key = slice_from_str(model->entries[i][0].key);
		assert_ptr_equal(hash_map_find(map, key), model->live[i]);
		if (model->live[i]) {
			assert_true(model->live[i]->seen);
			model->live[i]->seen = false;
		}
	}
}

static void step(struct hash_map *map, struct model *model, unsigned short seed[3])
{
	size_t i = (size_t)(nrand48(seed) % MODEL_KEYS);
	struct entry *value = &model->entries[i][nrand48(seed) % VALUES_PER_KEY];
	struct slice key = slice_from_str(value->key);
	struct entry *before = model->live[i];

	switch (nrand48(seed) % 3) {
	case 0:
		assert_ptr_equal(hash_map_set(map, key, value), before);
		model->live[i] = value;
		model->len += !before;
		return;
	case 1:
		assert_ptr_equal(hash_map_remove(map, key), before);
		model->live[i] = NULL;
		model->len -= before != NULL;
		return;
	default: assert_ptr_equal(hash_map_find(map, key), before); return;
	}
}

static void test_model(void **state)
{
	static struct model model;
	unsigned short seed[3] = {1, 2, 3};
	struct hash_map map;

	(void)state;
	for (size_t i = 0; i < MODEL_KEYS; i++)
		for (size_t j = 0; j < VALUES_PER_KEY; j++)
			snprintf(model.entries[i][j].key, sizeof(model.entries[i][j].key), "key-%zu", i);
	hash_map_init(&map);
	for (int n = 0; n < MODEL_STEPS; n++) {
		step(&map, &model, seed);
		if (n % 5000 == 0)
			check_all(&map, &model);
	}
	check_all(&map, &model);
	assert_true(map.cap <= 4096); /* deleted slots do not make it grow for ever */
	hash_map_done(&map);
	hash_map_done(NULL);
}

static void test_remove_while_walking(void **state)
{
	static struct entry entries[100];
	struct hash_map map;
	size_t cursor = 0, removed = 0;
	struct entry *entry;

	(void)state;
	hash_map_init(&map);
	for (size_t i = 0; i < 100; i++) {
		snprintf(entries[i].key, sizeof(entries[i].key), "%zu", i);
		assert_null(hash_map_set(&map, slice_from_str(entries[i].key), &entries[i]));
	}
	while ((entry = hash_map_next(&map, &cursor))) {
		assert_ptr_equal(hash_map_remove(&map, slice_from_str(entry->key)), entry);
		removed++;
	}
	assert_int_equal(removed, 100);
	assert_int_equal(map.len, 0);
	assert_null(hash_map_find(&map, SLICE_LIT("5")));
	hash_map_done(&map);
}

static void test_odd_keys(void **state)
{
	struct hash_map map;
	int a, b;

	(void)state;
	hash_map_init(&map);
	assert_null(hash_map_find(&map, SLICE_LIT("x")));
	assert_null(hash_map_remove(&map, SLICE_NONE));
	assert_null(hash_map_set(&map, SLICE_LIT(""), &a)); /* the empty key is a key */
	assert_null(hash_map_set(&map, SLICE_LIT("\0"), &b));
	assert_ptr_equal(hash_map_find(&map, SLICE_NONE), &a);
	assert_ptr_equal(hash_map_find(&map, SLICE_LIT("\0")), &b);
	assert_ptr_equal(hash_map_remove(&map, SLICE_LIT("")), &a);
	assert_null(hash_map_find(&map, SLICE_LIT("")));
	assert_true(hash_bytes(SLICE_LIT("ab")) == hash_bytes(SLICE_LIT("ab")));
	assert_true(hash_bytes(SLICE_LIT("ab")) != hash_bytes(SLICE_LIT("ab\0")));
	hash_map_clear(&map);
	assert_null(hash_map_find(&map, SLICE_LIT("\0")));
	hash_map_done(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_remove_while_walking),
		cmocka_unit_test(test_odd_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
