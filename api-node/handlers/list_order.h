/*
 * list_order.h: the orders in which a list of proxies can be asked for, and the part of a list that one page
 * shows. Only that part is put in order: a page of 50 of 10,000 costs one comparison for nearly every record.
 */
#ifndef KP_API_HANDLERS_LIST_ORDER_H
#define KP_API_HANDLERS_LIST_ORDER_H

#include <stddef.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

struct record;

/* name, text, how its key is taken (list_order.c), field of struct proxy. One line adds an order. */
#define LIST_SORTS(X)                                                      \
	X(NUMBER, "number", put_number, number)                            \
	X(KEY_NAME, "key_name", put_name, key_name)                        \
	X(STATUS, "status", put_status, status)                            \
	X(REMOTE_IP, "remote_ip", put_ip, remote_ip)                       \
	X(LOCATION, "location", put_location, location)                    \
	X(LATENCY_MS, "latency_ms", put_number, latency_ms)                \
	X(EXPIRATION_AT, "expiration_at", put_number, expiration_at)       \
	X(LAST_ROTATED_AT, "last_rotated_at", put_number, last_rotated_at) \
	X(CREATED_AT, "created_at", put_number, created_at)                \
	X(PAID_UNTIL, "paid_until", put_number, paid_until)

#define X(name, text, put, field) SORT_##name,
enum list_sort { LIST_SORTS(X) LIST_SORT_COUNT };
#undef X
enum list_direction { LIST_ASCENDING, LIST_DESCENDING };

const char *list_sort_names(void); /* "number, key_name, …", for messages */
bool list_sort_parse(struct slice text, enum list_sort *ret_sort) MUST_CHECK;

/*
 * `rows`: `count` records by number, which is also how ties are ordered. Puts what the page shows, in order,
 * to the front of `rows` (the rest is left in any order) and returns how many: rows offset … offset + limit
 * of the whole order. Records without a value (no IP, never rotated) come last, in either direction.
 */
size_t list_order_page(const struct record **rows, size_t count, enum list_sort sort,
	enum list_direction direction, size_t offset, size_t limit);

#endif
