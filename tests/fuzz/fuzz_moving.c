/* fuzz_moving.c: what people hand in to be moved: a data.json, or the lines inside a backup. First byte:
 * which. */
#include <stdlib.h>

#include "api-node/backup/backup_lines.h"
#include "api-node/import/old_data.h"
#include "shared/json/json.h"
#include "tests/fuzz/fuzz_input.h"

/* Every item lies within the list's text, and what it says is JSON. */
static void check_list(const struct import_list *list, enum import_result wrong)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct import_item *item = &list->items[i];
		ensure(item->at + item->len <= list->text.len &&
			item->ignored_at + item->ignored_len <= list->text.len);
		ensure(item->kind < IMPORT_KIND_COUNT && item->result <= wrong && item->from_id >= INT64_MIN);
	}
	ensure(list->settings_at + list->settings_len <= list->text.len);
	ensure(list->numbers_at + list->numbers_len <= list->text.len);
	for (size_t kind = 0; kind <= IMPORT_KIND_COUNT; kind++)
		ensure(list->ignored_count[kind] <= IMPORT_TALLY_MAX);
}

/* What old_data.c writes can always be read. */
static void check_written(const struct import_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct json *fields = json_parse(import_item_fields(list, &list->items[i]), NULL, NULL);
		ensure(fields && json_kind(fields) == JSON_OBJECT);
		json_free(fields);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct import_list list;
	struct buf lines;

	if (size < 1)
		return 0;
	struct slice text = fuzz_copy(data + 1, size - 1);
	import_list_init(&list);
	if (data[0] & 1) {
		struct json *root = json_parse(text, NULL, NULL);
		enum upstream_policy policy = data[0] & 2 ? UPSTREAM_PRIVATE_ALLOWED : UPSTREAM_PUBLIC_ONLY;
		if (root && old_data_read(root, policy, &list, NULL))
			check_written(&list);
		json_free(root);
		check_list(&list, RESULT_REFUSED);
	} else {
		buf_init(&lines, 0);
		buf_append_slice(&lines, text);
		if (backup_lines_read(&lines, &list, NULL))
			check_list(&list, RESULT_UNDECIDED);
		buf_done(&lines);
	}
	import_list_done(&list);
	free((void *)(uintptr_t)text.data);
	return 0;
}
