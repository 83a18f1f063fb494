/* test_list_order.c: every page of every order is that part of the whole order. */
#include "api-node/handlers/list_order.h"

#include <stdio.h>
#include <string.h>

#include "api-node/record.h"
#include "shared/model/proxy.h"
#include "tests/unit/test.h"

enum { ROWS = 40 };

static struct proxy proxies[ROWS];
static struct record records[ROWS];
static const struct record *rows[ROWS];
static char names[ROWS][16], addresses[ROWS][32];

/* Names, latencies and addresses with ties, and some proxies that have none. */
static int setup(void **state)
{
	(void)state;
	for (int i = 0; i < ROWS; i++) {
		int scattered = i * 17 % ROWS / 2;

		snprintf(names[i], sizeof(names[i]), "proxy%d", scattered);
		snprintf(addresses[i], sizeof(addresses[i]), "10.0.%d.%d", scattered % 3 * 9, scattered);
		proxies[i] = (struct proxy){.id = i + 100,
			.number = i + 1,
			.latency_ms = scattered,
			.status = (enum proxy_status)(scattered % PROXY_STATUS_COUNT)};
		if (scattered % 5 != 0)
			proxies[i].remote_ip = slice_from_str(addresses[i]);
		records[i] = (struct record){.proxy = &proxies[i], .name = slice_from_str(names[i])};
	}
	return 0;
}

static size_t page(enum list_sort sort, enum list_direction direction, size_t offset, size_t limit)
{
	for (int i = 0; i < ROWS; i++)
		rows[i] = &records[i];
	return list_order_page(rows, ROWS, sort, direction, offset, limit);
}

static int64_t latency(size_t i)
{
	return rows[i]->proxy->latency_ms;
}

static void test_numbers(void **state)
{
	(void)state;
	assert_int_equal(page(SORT_LATENCY_MS, LIST_ASCENDING, 0, ROWS), ROWS);
	for (size_t i = 1; i < ROWS; i++) {
		if (latency(i) == 0)
			continue; /* "never measured" comes last */
		assert_true(latency(i - 1) > 0 && latency(i - 1) <= latency(i));
		if (latency(i - 1) == latency(i))
			assert_true(rows[i - 1]->proxy->number < rows[i]->proxy->number);
	}
	assert_int_equal(latency(ROWS - 1), 0);
	page(SORT_LATENCY_MS, LIST_DESCENDING, 0, ROWS);
	assert_int_equal(latency(0), ROWS / 2 - 1);
	assert_true(rows[0]->proxy->number < rows[1]->proxy->number && latency(0) == latency(1));
	assert_int_equal(latency(ROWS - 1), 0);
}

static void test_names_and_addresses(void **state)
{
	(void)state;
	page(SORT_KEY_NAME, LIST_ASCENDING, 0, ROWS);
	assert_string_equal(rows[4]->name.data, "proxy2");
	assert_string_equal(rows[20]->name.data, "proxy10");
	page(SORT_REMOTE_IP, LIST_ASCENDING, 0, ROWS);
	assert_true(slice_eq(rows[0]->proxy->remote_ip, SLICE_LIT("10.0.0.3")));
	assert_true(slice_eq(rows[2]->proxy->remote_ip, SLICE_LIT("10.0.0.6")));
	assert_true(slice_eq(rows[6]->proxy->remote_ip, SLICE_LIT("10.0.0.12")));
	assert_int_equal(rows[ROWS - 1]->proxy->remote_ip.len, 0);
	page(SORT_NUMBER, LIST_DESCENDING, 0, 1);
	assert_int_equal(rows[0]->proxy->number, ROWS);
}

static void test_pages_are_parts_of_the_whole(void **state)
{
	static const size_t LIMITS[] = {1, 3, 7, ROWS};
	const struct record *whole[ROWS];

	(void)state;
	for (int sort = 0; sort < LIST_SORT_COUNT; sort++) {
		for (int direction = LIST_ASCENDING; direction <= LIST_DESCENDING; direction++) {
			page((enum list_sort)sort, (enum list_direction)direction, 0, ROWS);
			memcpy(whole, rows, sizeof(whole));
			for (size_t l = 0; l < ARRAY_LEN(LIMITS); l++)
				for (size_t offset = 0; offset <= ROWS; offset++) {
					size_t left = ROWS - offset;
					size_t shown = page((enum list_sort)sort,
						(enum list_direction)direction, offset, LIMITS[l]);
					assert_int_equal(shown, left < LIMITS[l] ? left : LIMITS[l]);
					assert_memory_equal(
						rows, whole + offset, shown * sizeof(struct record *));
				}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_names_and_addresses),
		cmocka_unit_test(test_pages_are_parts_of_the_whole),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
