/* import_list.c: see import_list.h. */
#include "api-node/import/import_list.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/ensure.h"
#include "shared/base/utf8.h"
#include "shared/crypto/seal.h"

#define X(name, text) [IMPORT_##name] = text,
static const char *const KIND_TEXTS[] = {IMPORT_KINDS(X)};
#undef X
#define X(name, text) [RESULT_##name] = text,
static const char *const RESULT_TEXTS[] = {IMPORT_RESULTS(X)};
#undef X

const char *import_kind_text(enum import_kind kind)
{
	ensure((unsigned)kind < IMPORT_KIND_COUNT);
	return KIND_TEXTS[kind];
}

const char *import_result_text(enum import_result result)
{
	ensure((unsigned)result < IMPORT_RESULT_COUNT);
	return RESULT_TEXTS[result];
}

void import_list_init(struct import_list *list)
{
	*list = (struct import_list){0};
	buf_init(&list->text, 0);
}

void import_list_done(struct import_list *list)
{
	secret_wipe(&list->text);
	free(list->items);
	list->items = NULL;
	list->count = list->cap = 0;
}

struct import_item *import_list_add(struct import_list *list, enum import_kind kind, int64_t from_id)
{
	struct import_item *item;

	if (list->count == list->cap) {
		list->cap = list->cap ? list->cap * 2 : 64;
		list->items = mem_realloc(list->items, list->cap * sizeof(*list->items));
	}
	item = &list->items[list->count++];
	*item = (struct import_item){.kind = kind, .from_id = from_id};
	return item;
}

struct slice import_item_fields(const struct import_list *list, const struct import_item *item)
{
	return slice_of(list->text.data + item->at, item->len);
}

struct slice import_item_ignored(const struct import_list *list, const struct import_item *item)
{
	return slice_of(list->text.data + item->ignored_at, item->ignored_len);
}

/* As much of `text` as fits, whole characters only: it may be anything. */
static void copy_cut(struct slice text, char *dst, size_t size)
{
	size_t len = 0;

	while (len < text.len && text.data[len] != '\0') {
		size_t n = utf8_char_bytes(slice_from(text, len));
		if (n == 0 || len + n >= size)
			break;
		len += n;
	}
	if (len > 0)
		memcpy(dst, text.data, len);
	dst[len] = '\0';
}

void import_item_decide(
	struct import_item *item, enum import_result result, const char *reason, struct slice detail)
{
	item->result = result;
	item->reason = reason;
	copy_cut(detail, item->detail, sizeof(item->detail));
}

void import_list_ignore(struct import_list *list, enum import_kind kind, struct slice name)
{
	struct import_tally *tally = list->ignored[kind];
	unsigned *count = &list->ignored_count[kind];
	char text[IMPORT_NAME_BYTES];
	unsigned i = 0;

	copy_cut(name, text, sizeof(text));
	while (i < *count && strcmp(tally[i].name, text) != 0)
		i++;
	if (i == IMPORT_TALLY_MAX)
		i--; /* more names than anybody reads: the last one counts for them all */
	else if (i == *count)
		memcpy(tally[(*count)++].name, text, sizeof(text));
	tally[i].count++;
}
