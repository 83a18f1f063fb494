/* list_order.c: see list_order.h. A heap of the best offset + limit rows is kept while the others pass. */
#include "api-node/handlers/list_order.h"

#include <stdlib.h>
#include <string.h>

#include "api-node/record.h"
#include "shared/base/ensure.h"
#include "shared/base/ip_addr.h"
#include "shared/base/natural.h"
#include "shared/model/proxy.h"

/* What a row is ordered by: `bytes` (big-endian, so that memcmp orders numbers) or, where set, `text`. */
struct row {
	const struct record *record;
	size_t index; /* by number: decides ties */
	enum { HAS_VALUE, NO_VALUE } value;
	struct slice text;
	uint8_t bytes[16];
};

static void put_u64(struct row *row, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		row->bytes[i] = (uint8_t)(value >> (56 - 8 * i));
}

/* 0 is "none" in every number of a record. */
static void put_number(struct row *row, const struct proxy *proxy, size_t field)
{
	int64_t value = *(const int64_t *)(const void *)((const char *)proxy + field);

	if (value <= 0)
		row->value = NO_VALUE;
	else
		put_u64(row, (uint64_t)value);
}

static void put_status(struct row *row, const struct proxy *proxy, size_t field)
{
	(void)field;
	put_u64(row, (uint64_t)proxy->status);
}

static void put_ip(struct row *row, const struct proxy *proxy, size_t field)
{
	struct ip_addr addr;

	(void)field;
	if (!ip_addr_parse(proxy->remote_ip, &addr))
		row->value = NO_VALUE;
	else
		memcpy(row->bytes, addr.bytes, sizeof(row->bytes));
}

static void put_text(struct row *row, struct slice text)
{
	row->text = text;
	if (text.len == 0)
		row->value = NO_VALUE;
}

static void put_name(struct row *row, const struct proxy *proxy, size_t field)
{
	(void)proxy;
	(void)field;
	put_text(row, row->record->name);
}

static void put_location(struct row *row, const struct proxy *proxy, size_t field)
{
	(void)proxy;
	(void)field;
	put_text(row, row->record->location);
}

static const struct {
	struct slice text;
	void (*put)(struct row *row, const struct proxy *proxy, size_t field);
	size_t field;
} SORTS[] = {
#define X(name, text, put, field) {{text, sizeof(text) - 1}, put, offsetof(struct proxy, field)},
	LIST_SORTS(X)
#undef X
};

const char *list_sort_names(void)
{
#define X(name, text, put, field) ", " text
	return &(LIST_SORTS(X))[2];
#undef X
}

bool list_sort_parse(struct slice text, enum list_sort *ret_sort)
{
	for (size_t i = 0; i < ARRAY_LEN(SORTS); i++) {
		if (!slice_eq(SORTS[i].text, text))
			continue;
		*ret_sort = (enum list_sort)i;
		return true;
	}
	return false;
}

static int row_compare(const struct row *a, const struct row *b, enum list_direction direction)
{
	int order;

	if (a->value != b->value)
		return a->value == HAS_VALUE ? -1 : 1;
	if (a->value == NO_VALUE)
		order = 0;
	else if (a->text.data)
		order = natural_compare(a->text, b->text);
	else
		order = memcmp(a->bytes, b->bytes, sizeof(a->bytes));
	if (order != 0)
		return direction == LIST_ASCENDING ? order : -order;
	return a->index < b->index ? -1 : a->index > b->index;
}

static int compare_rows(const void *a, const void *b, void *arg)
{
	return row_compare(a, b, *(const enum list_direction *)arg);
}

/* The heap's root is its last row; what is put there sinks to its place. */
static void sink(struct row *heap, size_t count, size_t at, enum list_direction direction)
{
	struct row row = heap[at];

	for (size_t child; (child = 2 * at + 1) < count; at = child) {
		if (child + 1 < count && row_compare(&heap[child + 1], &heap[child], direction) > 0)
			child++;
		if (row_compare(&heap[child], &row, direction) <= 0)
			break;
		heap[at] = heap[child];
	}
	heap[at] = row;
}

static struct row row_of(const struct record *record, size_t index, enum list_sort sort)
{
	struct row row = {.record = record, .index = index};

	SORTS[sort].put(&row, record->proxy, SORTS[sort].field);
	return row;
}

/* The first `wanted` of all rows, in order: `best` has room for them. */
static void select_best(const struct record **rows, size_t count, enum list_sort sort,
	enum list_direction direction, struct row *best, size_t wanted)
{
	for (size_t i = 0; i < wanted; i++)
		best[i] = row_of(rows[i], i, sort);
	if (wanted < count)
		for (size_t i = wanted / 2; i-- > 0;)
			sink(best, wanted, i, direction);
	for (size_t i = wanted; i < count; i++) {
		struct row row = row_of(rows[i], i, sort);
		if (row_compare(&row, &best[0], direction) >= 0)
			continue;
		best[0] = row;
		sink(best, wanted, 0, direction);
	}
	qsort_r(best, wanted, sizeof(*best), compare_rows, &direction);
}

size_t list_order_page(const struct record **rows, size_t count, enum list_sort sort,
	enum list_direction direction, size_t offset, size_t limit)
{
	ensure((unsigned)sort < LIST_SORT_COUNT);
	if (offset >= count || limit == 0)
		return 0;
	size_t shown = count - offset < limit ? count - offset : limit;
	if (sort == SORT_NUMBER && direction == LIST_ASCENDING) {
		memmove(rows, rows + offset, shown * sizeof(struct record *));
		return shown;
	}
	struct row *best = mem_alloc((offset + shown) * sizeof(*best));
	select_best(rows, count, sort, direction, best, offset + shown);
	for (size_t i = 0; i < shown; i++)
		rows[i] = best[offset + i].record;
	free(best);
	return shown;
}
