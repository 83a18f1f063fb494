/* route_table.c: see route_table.h. */
#include "relay-node/route_table.h"

#include <stdlib.h>

#include "shared/base/ensure.h"

void route_table_init(struct route_table *table)
{
	hash_map_init(&table->by_subdomain);
	list_init(&table->used);
	table->snapshots = 0;
}

static void entry_free(struct route_entry *entry)
{
	ensure(list_empty(&entry->conns));
	ensure(!entry->listener);
	list_remove(&entry->usage_node);
	served_route_unref(entry->served);
	free(entry);
}

void route_table_done(struct route_table *table)
{
	struct route_entry *entry;
	size_t cursor = 0;

	while ((entry = hash_map_next(&table->by_subdomain, &cursor)) != NULL) {
		hash_map_remove(&table->by_subdomain, slice_from_str(entry->subdomain));
		entry_free(entry);
	}
	hash_map_done(&table->by_subdomain);
}

/* Lower case into `dst`; SLICE_NONE when it cannot be a subdomain. */
static struct slice fold(struct slice name, char dst[SUBDOMAIN_BYTES_MAX + 1])
{
	if (name.len > SUBDOMAIN_BYTES_MAX)
		return SLICE_NONE;
	for (size_t i = 0; i < name.len; i++)
		dst[i] =
			name.data[i] >= 'A' && name.data[i] <= 'Z' ? (char)(name.data[i] + 32) : name.data[i];
	dst[name.len] = '\0';
	return slice_of(dst, name.len);
}

struct route_entry *route_table_find(const struct route_table *table, struct slice subdomain)
{
	char folded[SUBDOMAIN_BYTES_MAX + 1];
	struct slice key = fold(subdomain, folded);

	return key.len ? hash_map_find(&table->by_subdomain, key) : NULL;
}

struct route_entry *route_table_set(
	struct route_table *table, struct served_route *served, struct served_route **ret_old)
{
	struct route_entry *entry = route_table_find(table, served->route->subdomain);

	if (entry) {
		*ret_old = entry->served;
		entry->served = served;
		return entry;
	}
	entry = mem_zalloc(sizeof(*entry));
	list_init(&entry->conns);
	list_init(&entry->usage_node);
	entry->served = served;
	/* route_from_json() takes no longer one: */
	ensure(fold(served->route->subdomain, entry->subdomain).len > 0);
	ensure(hash_map_set(&table->by_subdomain, slice_from_str(entry->subdomain), entry) == NULL);
	*ret_old = NULL;
	return entry;
}

void route_table_remove(struct route_table *table, struct route_entry *entry)
{
	ensure(hash_map_remove(&table->by_subdomain, slice_from_str(entry->subdomain)) == entry);
	entry_free(entry);
}

struct route_entry *route_table_next(const struct route_table *table, size_t *cursor)
{
	return hash_map_next(&table->by_subdomain, cursor);
}

void route_entry_count(struct route_table *table, struct route_entry *entry, struct route_usage delta)
{
	entry->usage.bytes_up += delta.bytes_up;
	entry->usage.bytes_down += delta.bytes_down;
	entry->usage.connections += delta.connections;
	entry->usage.errors += delta.errors;
	if (list_empty(&entry->usage_node))
		list_append(&table->used, &entry->usage_node);
}

struct route_entry *route_table_take_usage(struct route_table *table, struct route_usage *ret_usage)
{
	struct list *node = list_pop(&table->used);
	struct route_entry *entry;

	if (!node)
		return NULL;
	entry = list_entry(node, struct route_entry, usage_node);
	*ret_usage = entry->usage;
	entry->usage = (struct route_usage){0};
	return entry;
}
