/* store_watch_table.c: see store_watch_table.h. */
#include "shared/store/store_watch_table.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/ensure.h"

struct watch_entry {
	uint64_t ver;
	uint64_t hash; /* share of the digest; 0 when deleted */
	bool deleted;
	size_t key_len;
	char key[];
};

void watch_table_init(struct watch_table *table)
{
	*table = (struct watch_table){0};
	hash_map_init(&table->entries);
}

void watch_table_done(struct watch_table *table)
{
	size_t cursor = 0;
	void *entry;

	while ((entry = hash_map_next(&table->entries, &cursor)))
		free(entry);
	hash_map_done(&table->entries);
	watch_table_init(table);
}

bool watch_table_is_newer(const struct watch_table *table, struct slice key, uint64_t ver)
{
	const struct watch_entry *entry = hash_map_find(&table->entries, key);

	return !entry || ver > entry->ver;
}

bool watch_table_find(const struct watch_table *table, struct slice key, uint64_t *ret_hash)
{
	const struct watch_entry *entry = hash_map_find(&table->entries, key);

	if (!entry || entry->deleted)
		return false;
	*ret_hash = entry->hash;
	return true;
}

bool watch_table_knows(const struct watch_table *table, struct slice key)
{
	return hash_map_find(&table->entries, key) != NULL;
}

static struct watch_entry *find_or_add(struct watch_table *table, struct slice key)
{
	struct watch_entry *entry = hash_map_find(&table->entries, key);

	if (entry)
		return entry;
	entry = mem_zalloc(sizeof(*entry) + key.len + 1);
	entry->deleted = true;
	entry->key_len = key.len;
	if (key.len)
		memcpy(entry->key, key.data, key.len);
	hash_map_set(&table->entries, slice_of(entry->key, entry->key_len), entry);
	return entry;
}

void watch_table_set(struct watch_table *table, struct slice key, uint64_t ver, uint64_t hash)
{
	struct watch_entry *entry = find_or_add(table, key);

	table->count += entry->deleted;
	table->digest += hash - entry->hash;
	entry->deleted = false;
	entry->ver = ver;
	entry->hash = hash;
}

void watch_table_delete(struct watch_table *table, struct slice key, uint64_t ver)
{
	struct watch_entry *entry = find_or_add(table, key);

	table->count -= !entry->deleted;
	table->digest -= entry->hash;
	entry->deleted = true;
	entry->ver = ver;
	entry->hash = 0;
}

void watch_table_remove(struct watch_table *table, struct slice key)
{
	struct watch_entry *entry = hash_map_remove(&table->entries, key);

	if (!entry)
		return;
	table->count -= !entry->deleted;
	table->digest -= entry->hash;
	free(entry);
}

void watch_table_forget_deleted(struct watch_table *table)
{
	size_t cursor = 0;
	struct watch_entry *entry;

	while ((entry = hash_map_next(&table->entries, &cursor))) {
		if (entry->deleted) {
			hash_map_remove(&table->entries, slice_of(entry->key, entry->key_len));
			free(entry);
		}
	}
}
